/** One digest over files and folders: stamps say by it what something was made from. */
import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** SHA-256 over names and contents, in hex; tests beside the sources do not count. Throws for a missing path. */
export function digestOf(...paths: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) add(hash, path, basename(path));
  return hash.digest("hex");
}

function add(hash: Hash, path: string, name: string): void {
  if (statSync(path).isDirectory()) {
    for (const entry of readdirSync(path).toSorted())
      if (entry !== "test") add(hash, join(path, entry), `${name}/${entry}`);
    return;
  }
  const content = readFileSync(path);
  hash.update(`${name.length} ${name} ${content.length}\n`).update(content);
}
