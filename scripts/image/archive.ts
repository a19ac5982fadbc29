/** Reads what the layers of a docker archive weigh. */
import { createReadStream } from "node:fs";
import { createGzip } from "node:zlib";
import { extract } from "tar-stream";

export type Layer = {
  /** The step of the Dockerfile that made it, as the image's history has it. */
  made: string;
  bytes: number;
  compressed: number;
};

type Measured = { bytes: number; compressed: number };

/** Lowest layer first. Throws when the file is no docker archive. */
export async function readArchive(path: string): Promise<Layer[]> {
  const small = new Map<string, string>();
  const measured = new Map<string, Measured>();
  const tar = createReadStream(path).pipe(extract());
  for await (const entry of tar) {
    const { name, type, size } = entry.header;
    if (type === "file" && size < 1_000_000 && !name.endsWith(".tar")) {
      const parts: Buffer[] = [];
      for await (const part of entry as AsyncIterable<Buffer>) parts.push(part);
      const bytes = Buffer.concat(parts);
      small.set(name, bytes.toString("utf8"));
      measured.set(name, await measure([bytes]));
    } else measured.set(name, await measure(entry as AsyncIterable<Buffer>));
  }
  const [{ Config, Layers }] = JSON.parse(textOf(small, "manifest.json")) as [
    { Config: string; Layers: string[] },
  ];
  const { history } = JSON.parse(textOf(small, Config)) as {
    history: { created_by?: string; empty_layer?: boolean }[];
  };
  const made = history.filter((step) => step.empty_layer !== true).map((step) => step.created_by ?? "");
  return Layers.map((name, index) => ({
    made: readable(made[index] ?? ""),
    ...(measured.get(name) ?? { bytes: 0, compressed: 0 }),
  }));
}

function textOf(files: Map<string, string>, name: string): string {
  const text = files.get(name);
  if (text === undefined) throw new Error(`the archive holds no ${name}`);
  return text;
}

async function measure(parts: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Measured> {
  let bytes = 0;
  let compressed = 0;
  const gzip = createGzip();
  gzip.on("data", (data: Buffer) => (compressed += data.length));
  for await (const part of parts) {
    bytes += part.length;
    if (!gzip.write(part)) await new Promise((resolve) => gzip.once("drain", resolve));
  }
  await new Promise<void>((resolve) => gzip.once("end", resolve).end());
  return { bytes, compressed };
}

const readable = (step: string): string =>
  step
    .replace(/^\/bin\/sh -c #\(nop\) /u, "")
    .replace(/ # buildkit$/u, "")
    .replaceAll(/\s+/gu, " ")
    .trim();
