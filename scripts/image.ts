/**
 * `npm run image`: builds the scanner image with docker, podman or buildah, whichever works here, and says what it weighs.
 *
 *     npm run image -- [--base IMAGE] [--tag REF] [--output FILE.tar] [--builder docker|podman|buildah] [--fresh]
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot, runtimeRoot, scannerDir } from "../src/setup/home.ts";
import { run, shown } from "../src/setup/run.ts";
import { version } from "../src/version.ts";
import { readArchive, type Layer } from "./image/archive.ts";
import { builders, findBuilder, type Step } from "./image/builders.ts";

/** Bytes, compressed as registries keep it. */
const limit = 90_000_000;
const mb = (of: number): string => `${(of / 1e6).toFixed(2)} MB`.padStart(9);

const { values } = parseArgs({
  options: {
    base: { type: "string", default: "debian:bookworm-slim" },
    tag: { type: "string", default: `sidescan/scanner:${version()}` },
    output: { type: "string", default: join(runtimeRoot(), "images", "scanner.tar") },
    builder: { type: "string" },
    fresh: { type: "boolean", default: false },
  },
});

const builder = await findBuilder(values.builder);
if (builder === null)
  fail(
    values.builder === undefined
      ? "Neither docker nor podman nor buildah works here."
      : `${values.builder} does not work here.`,
    `Install one of: ${Object.keys(builders).join(", ")} (Debian: apt-get install buildah).`,
  );
const output = resolve(values.output);
mkdirSync(dirname(output), { recursive: true });
const epoch = process.env["SOURCE_DATE_EPOCH"];
const started = performance.now();
await step(
  builder.build({
    context: scannerDir,
    file: join(scannerDir, "image", "Dockerfile"),
    tag: values.tag,
    args: { BASE_IMAGE: values.base, VERSION: version(), REVISION: await revision() },
    secrets: certificates(),
    // Layers of the cache have the times at which they were made.
    fresh: values.fresh || epoch !== undefined,
    epoch,
  }),
);
// docker-archive files are not written over.
rmSync(output, { force: true });
await step(builder.save(values.tag, output));

const layers = await readArchive(output);
const sum = (count: (of: Layer) => number): number => layers.reduce((all, of) => all + count(of), 0);
const total = sum((of) => of.compressed);
say("");
for (const layer of layers) say(line(layer));
say(
  line({ folder: "in all", files: sum((of) => of.files), bytes: sum((of) => of.bytes), compressed: total }),
);
say(
  `${values.tag} was built by ${builder.name} in ${((performance.now() - started) / 1000).toFixed(0)} s; archive: ${relative(process.cwd(), output)}`,
);
if (total > limit) fail(`The image has more than ${limit / 1e6} MB, compressed.`, "See which layer grew.");

/** As registries would count it, beside what it takes on a disk. */
function line({ folder, files, bytes, compressed }: Layer): string {
  return `${mb(compressed)} compressed ${mb(bytes)} on disk ${String(files).padStart(5)} files  ${folder}`;
}

async function step({ file, args }: Step): Promise<void> {
  say(`$ ${shown(file, args)}`);
  const ran = await run(file, args, { cwd: packageRoot, line: say });
  if (ran.code !== 0)
    fail(`${file} ended with ${ran.code ?? ran.signal ?? ran.stderr}.`, "What it said is above.");
}

async function revision(): Promise<string> {
  const ran = await run("git", ["-C", packageRoot, "rev-parse", "HEAD"]);
  return ran.code === 0 ? ran.stdout.trim() : "unknown";
}

/** This machine's certificate authorities: behind a proxy that opens TLS, the gem server is only reached with its own. */
function certificates(): Record<string, string> {
  const named = process.env["SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt";
  return existsSync(named) && readFileSync(named).length > 0 ? { ca: named } : {};
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(what: string, hint: string): never {
  process.stderr.write(`image: ${what}\n       ${hint}\n`);
  process.exit(3);
}
