/**
 * Makes the images that the tests on a cluster audit, as one docker archive: .sidescan/images/test-images.tar, or where the argument says.
 * Everything in them comes from this machine, so it needs no registry and no container tool; a node gets them by `ctr images import`.
 */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { runtimeHome, runtimeRoot } from "../src/setup/home.ts";
import { run } from "../src/setup/run.ts";
import { writeImages, type Entry, type Image } from "./test-images/archive.ts";
import {
  accounts,
  debianRoot,
  directory,
  entryOf,
  output,
  programWithLibraries,
  skeleton,
  statusOf,
  text,
} from "./test-images/debian.ts";

const home = runtimeHome();
const target = resolve(process.argv[2] ?? join(runtimeRoot(), "images", "test-images.tar"));
const tools = [
  "base-files",
  "base-passwd",
  "bash",
  "coreutils",
  "dash",
  "dpkg",
  "findutils",
  "mawk",
  "grep",
  "gzip",
  "hostname",
  "iproute2",
  "libc-bin",
  "login",
  "passwd",
  "procps",
  "sed",
  "tar",
  "util-linux",
];

const debian = await debianRoot(tools);
const distroless = [
  ...skeleton,
  ...accounts,
  directory("app"),
  directory("home/nonroot", 0o700, 65532),
  ...(await programWithLibraries("/usr/bin/sleep", "app/server")),
  text("app/settings.ini", "[server]\nport = 8080\npassword = example\n", 0o666),
  ...["etc/debian_version", "etc/os-release", "usr/lib/os-release"].flatMap((name) =>
    entryOf(`/${name}`, name),
  ),
  directory("var/lib/dpkg"),
  directory("var/lib/dpkg/status.d"),
  ...["base-files", "libc6"].map((name) => statusOf(name)),
];
const hold: Entry = { type: "file", name: "app", mode: 0o755, content: await holder() };

const image = (name: string, layers: Entry[][], config: Record<string, unknown>): Image => ({
  reference: `localhost/sidescan-test/${name}:dev`,
  layers,
  config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...config },
});
const shell = (line: string): string[] => ["/bin/sh", "-c", line];

const images = [
  image("debian", [debian], { Cmd: ["sleep", "infinity"] }),
  image("nonroot", [debian], { User: "65532:65532", Cmd: ["sleep", "infinity"] }),
  image("distroless", [distroless], {
    User: "65532",
    WorkingDir: "/app",
    Entrypoint: ["/app/server"],
    Cmd: ["infinity"],
  }),
  image("scratch", [[hold]], { Entrypoint: ["/app"] }),
  image("hold-only", [[text("data/settings.ini", "a = 1\n")]], {}),
  image("ends-at-once", [debian], { Cmd: ["true"] }),
  image("crashes", [debian], { Cmd: shell("echo connecting; echo the database is not there >&2; exit 3") }),
  image("forks", [debian], { Cmd: shell("sleep 100000 & (sleep 100001 & wait) & wait") }),
  image("auditor", [await debianRoot([...tools, "ruby"]), await auditor()], {
    User: "65532:65532",
    Cmd: ["sleep", "infinity"],
  }),
];

await mkdir(dirname(target), { recursive: true });
const scratch = await mkdtemp(`${target}.`);
try {
  await writeImages(join(scratch, "images.tar"), images, scratch);
  await rename(join(scratch, "images.tar"), target);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
process.stdout.write(`${images.map(({ reference }) => reference).join("\n")}\nare in ${target}\n`);

/** The smallest program that waits, as the local engine writes it. */
async function holder(): Promise<Uint8Array> {
  const code = `require "${home.scannerDir}/agent/lib/sidescan/pod/holder"; print [Sidescan::Pod::Holder.elf].pack("m0")`;
  const ran = await run(home.ruby, ["-e", code]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return Buffer.from(ran.stdout, "base64");
}

/** The pinned auditor's gems where Debian's Ruby looks for gems. */
async function auditor(): Promise<Entry[]> {
  const found = await output("find", [
    home.gemHome,
    "-mindepth",
    "1",
    "-not",
    "-path",
    "*/cache/*",
    "-not",
    "-path",
    "*/doc/*",
  ]);
  const place = "var/lib/gems/3.1.0";
  return [
    directory("var/lib/gems"),
    directory(place),
    ...found
      .split("\n")
      .filter((path) => path !== "")
      .toSorted()
      .flatMap((path) => entryOf(path, path.replace(home.gemHome, place))),
  ];
}
