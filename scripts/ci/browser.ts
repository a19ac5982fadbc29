/** A Chromium for the browser tests: the one that is there, or Debian's. */
import { installPackages } from "../../src/setup/packages.ts";
import { which } from "../../src/setup/ruby.ts";

/** True when there is one afterwards; installing it needs root, or sudo without a password. */
export async function browserPresent(): Promise<boolean> {
  if (which("chromium") !== null) return true;
  try {
    await installPackages(["chromium"], "The browser tests need Chromium.", (message) =>
      process.stdout.write(`${message}\n`),
    );
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
  }
  return which("chromium") !== null;
}
