/**
 * The kit: agent and transport as files of a ConfigMap, for a scanner image that holds CINC Auditor or InSpec and nothing of sidescan
 * (`--scanner-kit`). Supplied tools do not fit; the agent says what that costs.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { scannerDir } from "../../setup/home.ts";
import { paths } from "./manifest/names.ts";
import type { Kit } from "./manifest/types.ts";

/** What a ConfigMap holds, less something for the rest of the object: bytes. */
const limit = 900 * 1024;

const parts = ["agent/bin/sidescan-agent", "agent/lib", "train-procroot/lib"];

/** Omnibus packages bring a Ruby of their own, and their gems with it; other images have one in PATH. */
const launcher = `for ruby in /opt/cinc-auditor/embedded/bin/ruby /opt/inspec/embedded/bin/ruby /opt/*/embedded/bin/ruby; do
  if [ -x "$ruby" ]; then exec "$ruby" "$@"; fi
done
if command -v ruby >/dev/null; then exec ruby "$@"; fi
echo "sidescan: this image has no Ruby, neither in /opt/*/embedded/bin nor in PATH: it is no image of CINC Auditor or InSpec" >&2
exit 127
`;

/** The same bytes for the same sources. */
export async function scannerKit(): Promise<Kit> {
  const archive = await archiveOf(scannerDir);
  if (archive.length > limit)
    throw new Error(`the kit takes ${archive.length} bytes, and a ConfigMap holds no more than ${limit}`);
  return {
    files: {
      "kit.rb": await readFile(join(scannerDir, "kit", "kit.rb")),
      "closed.rb": await readFile(join(scannerDir, "agent", "lib", "sidescan", "agent", "closed.rb")),
      "kit.tar.gz": archive,
    },
    command: ["/bin/sh", "-c", launcher, "sidescan-kit", `${paths.kit}/kit.rb`],
  };
}

async function archiveOf(root: string): Promise<Buffer> {
  const tar = pack();
  const chunks: Buffer[] = [];
  const zipped = pipeline(tar, createGzip({ level: 9 }), async (gzip: AsyncIterable<Buffer>) => {
    for await (const chunk of gzip) chunks.push(chunk);
  });
  for (const part of parts)
    for (const name of await filesBelow(root, part))
      tar.entry({ name, mode: 0o644, mtime: new Date(0) }, await readFile(join(root, name)));
  tar.finalize();
  await zipped;
  return Buffer.concat(chunks);
}

async function filesBelow(root: string, part: string): Promise<string[]> {
  if (!part.endsWith("/lib")) return [part];
  const entries = await readdir(join(root, part), { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return names.map((path) => path.slice(root.length + 1)).toSorted();
}
