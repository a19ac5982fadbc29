/** Reads what the layers of a docker archive weigh, and what each is about. */
import { createReadStream } from "node:fs";
import { createGzip } from "node:zlib";
import { extract } from "tar-stream";

export type Layer = {
  /** The folder that nearly all of it lies in. */
  folder: string;
  files: number;
  bytes: number;
  compressed: number;
};

/** Lowest layer first. Throws when the file is no docker archive. */
export async function readArchive(path: string): Promise<Layer[]> {
  let manifest = "";
  const measured = new Map<string, Layer>();
  const tar = createReadStream(path).pipe(extract());
  for await (const entry of tar) {
    const { name } = entry.header;
    if (name === "manifest.json")
      for await (const part of entry as AsyncIterable<Buffer>) manifest += part.toString("utf8");
    else measured.set(name, await measure(entry as AsyncIterable<Buffer>));
  }
  if (manifest === "") throw new Error(`${path} is no docker archive: it holds no manifest.json`);
  const [image] = JSON.parse(manifest) as { Layers: string[] }[];
  return (image?.Layers ?? []).map((name) => {
    const layer = measured.get(name);
    if (layer === undefined) throw new Error(`${path} holds no ${name}`);
    return layer;
  });
}

/** Compressed as registries keep layers. */
async function measure(parts: AsyncIterable<Buffer>): Promise<Layer> {
  const layer = { folder: "/", files: 0, bytes: 0, compressed: 0 };
  const folders = new Map<string, number>();
  const inner = extract();
  let content = 0;
  inner.on("entry", ({ name, size, type }: { name: string; size: number; type: string }, stream, next) => {
    if (type === "file") {
      layer.files++;
      content += size;
      for (const folder of above(name)) folders.set(folder, (folders.get(folder) ?? 0) + size);
    }
    stream.on("end", next).resume();
  });
  // What is no tar archive is only weighed.
  inner.on("error", () => {});
  const read = new Promise<void>((resolve) => inner.once("close", () => resolve()));
  const gzip = createGzip();
  gzip.on("data", (data: Buffer) => (layer.compressed += data.length));
  for await (const part of parts) {
    layer.bytes += part.length;
    inner.write(part);
    if (!gzip.write(part)) await new Promise((resolve) => gzip.once("drain", resolve));
  }
  inner.end(Buffer.alloc(0));
  await read;
  await new Promise<void>((resolve) => gzip.once("end", resolve).end());
  for (const [folder, size] of folders)
    if (size > content * 0.8 && folder.length > layer.folder.length) layer.folder = folder;
  return layer;
}

/** The folders that a file lies in, down to the third. */
function above(name: string): string[] {
  const parts = name
    .replace(/^\.?\//u, "")
    .split("/")
    .slice(0, -1)
    .slice(0, 3);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}
