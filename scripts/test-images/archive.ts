/** Writes a docker archive, with several images that share layers, without any container tool: what an image is made of is given as files. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { finished, pipeline } from "node:stream/promises";
import { pack, type Header, type Pack } from "tar-stream";

/** One entry of a layer. `from`: the file of this machine with its content. */
export type Entry = {
  name: string;
  mode: number;
  uid?: number;
  gid?: number;
} & (
  | { type: "directory" }
  | { type: "symlink"; linkname: string }
  | { type: "file"; content: string | Uint8Array }
  | { type: "file"; from: string }
);

export type Image = {
  /** With its tag. */
  reference: string;
  layers: Entry[][];
  /** As in the image specification: User, Entrypoint, Cmd, Env... */
  config: Record<string, unknown>;
};

/** Everything in an image is as old as this, so that the same files make the same image. */
const mtime = new Date(1_700_000_000_000);

/** `scratch`: an empty folder for what is made on the way. */
export async function writeImages(path: string, images: Image[], scratch: string): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createWriteStream(path));
  const layers = new Map<Entry[], string>();
  const manifest = [];
  for (const { reference, layers: parts, config } of images) {
    const digests: string[] = [];
    for (const part of parts) {
      const known =
        layers.get(part) ?? (await addLayer(archive, part, join(scratch, `layer-${layers.size}.tar`)));
      layers.set(part, known);
      digests.push(known);
    }
    const text = JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      created: mtime.toISOString(),
      config,
      rootfs: { type: "layers", diff_ids: digests.map((digest) => `sha256:${digest}`) },
      history: digests.map(() => ({ created: mtime.toISOString(), created_by: "scripts/test-images.ts" })),
    });
    const Config = `${sha256(text)}.json`;
    await add(archive, { name: Config, mode: 0o644 }, text);
    manifest.push({ Config, RepoTags: [reference], Layers: digests.map((digest) => `${digest}.tar`) });
  }
  await add(archive, { name: "manifest.json", mode: 0o644 }, JSON.stringify(manifest));
  archive.finalize();
  await written;
}

/** Adds the layer to the archive; its digest. It goes by a file, since the archive must know its size before. */
async function addLayer(archive: Pack, entries: Entry[], scratch: string): Promise<string> {
  const layer = pack();
  const hash = createHash("sha256");
  layer.on("data", (data) => void hash.update(data as Buffer));
  const written = pipeline(layer, createWriteStream(scratch));
  for (const entry of entries) await addEntry(layer, entry);
  layer.finalize();
  await written;
  const digest = hash.digest("hex");
  const { size } = await stat(scratch);
  await pipeline(
    createReadStream(scratch),
    archive.entry({ name: `${digest}.tar`, size, mode: 0o644, mtime }),
  );
  return digest;
}

async function addEntry(layer: Pack, entry: Entry): Promise<void> {
  const { name, mode, uid = 0, gid = 0, type } = entry;
  const header: Pick<Header, "name"> & Partial<Header> = {
    name: name.replace(/^\//u, ""),
    mode,
    uid,
    gid,
    mtime,
    type,
  };
  if (type === "symlink") await add(layer, { ...header, linkname: entry.linkname });
  else if (type === "directory") await add(layer, header);
  else if ("content" in entry) await add(layer, header, entry.content);
  else {
    const { size } = await stat(entry.from);
    await pipeline(createReadStream(entry.from), layer.entry({ ...header, size }));
  }
}

async function add(
  tar: Pack,
  header: Pick<Header, "name"> & Partial<Header>,
  content: string | Uint8Array = "",
): Promise<void> {
  const bytes = Buffer.from(content);
  const entry = tar.entry({ mtime, ...header, size: bytes.length });
  entry.end(bytes);
  await finished(entry);
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
