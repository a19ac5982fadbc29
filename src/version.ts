/** Which sidescan this is. */
import { readFileSync } from "node:fs";

declare const SIDESCAN_VERSION: string | undefined;

/** From the build where there was one; from package.json when the sources run as they are. */
export function version(): string {
  if (typeof SIDESCAN_VERSION === "string") return SIDESCAN_VERSION;
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
