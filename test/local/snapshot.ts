/** Everything that can be said about a directory tree without following anything, to compare before and after. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A line per path: its bytes, type and mode, owner, size, device, mtime in nanoseconds, link count, and digest or link text. */
export function snapshot(root: string): string[] {
  const lines: string[] = [];
  const visit = (path: Buffer): void => {
    const stat = lstatSync(path, { bigint: true });
    const content = stat.isFile()
      ? createHash("sha256").update(readFileSync(path)).digest("hex")
      : stat.isSymbolicLink()
        ? readlinkSync(path, "latin1")
        : "";
    const { mode, uid, gid, size, rdev, mtimeNs, ctimeNs, nlink } = stat;
    lines.push(
      [
        path.toString("latin1"),
        mode.toString(8),
        uid,
        gid,
        size,
        rdev,
        mtimeNs,
        ctimeNs,
        nlink,
        content,
      ].join(" "),
    );
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(path, { encoding: "buffer" }))
      visit(Buffer.concat([path, Buffer.from("/"), name]));
  };
  visit(Buffer.from(root));
  return lines.sort();
}
