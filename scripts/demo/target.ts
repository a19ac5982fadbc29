/**
 * Makes the demo's target: the root file system of a small service on a Debian-based distroless image, without a shell. Text files come from
 * demo/target/; what is large or binary is made here from what Node itself brings: its program, the authorities' certificates.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import {
  chmod,
  chown,
  copyFile,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { digestOf } from "../../src/setup/digest.ts";
import { zoneFile } from "./zone.ts";

const repository = dirname(dirname(import.meta.dirname));
const sources = join(repository, "demo", "target");

/** What a reader of the report will find, beside the settings in demo/target and demo/image-config.json. */
const worldWritable = ["app/config/database.ini"];

const zones = {
  "Etc/UTC": "UTC0",
  "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
  "America/New_York": "EST5EDT,M3.2.0,M11.1.0",
  "Asia/Tokyo": "JST-9",
};

/** Makes it at `root`, unless it is there and made from the same files. Resolves to whether it was made. */
export async function buildDemoTarget(root: string): Promise<boolean> {
  const note = `${root}.made-from`;
  const from = digestOf(sources, import.meta.dirname, process.execPath);
  if ((await readFile(note, "utf8").catch(() => null)) === from) return false;

  const fresh = `${root}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await cp(sources, fresh, { recursive: true });
  for (const folder of [
    "dev",
    "home/nonroot",
    "proc",
    "root",
    "run",
    "sys",
    "tmp",
    "usr/bin",
    "usr/sbin",
    "var/tmp",
  ])
    await mkdir(join(fresh, folder), { recursive: true });
  await symlink("usr/bin", join(fresh, "bin"));
  await symlink("usr/sbin", join(fresh, "sbin"));
  await addNode(fresh);
  await write(join(fresh, "etc/ssl/certs/ca-certificates.crt"), `${rootCertificates.join("\n")}\n`);
  for (const [name, rule] of Object.entries(zones))
    await write(join(fresh, "usr/share/zoneinfo", name), zoneFile(rule));
  await symlink("/usr/share/zoneinfo/Etc/UTC", join(fresh, "etc/localtime"));
  await setModes(fresh);

  await rm(root, { recursive: true, force: true });
  await rename(fresh, root);
  await writeFile(note, from);
  return true;
}

/** The Node that runs this, with the shared libraries it loads here, at the paths where its loader looks for them. */
async function addNode(root: string): Promise<void> {
  const program = await realpath(process.execPath);
  const { stdout } = await promisify(execFile)("ldd", [program], { env: { ...process.env, LC_ALL: "C" } });
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/gu)].map((match) => match[1] ?? "");
  await copy(program, join(root, "nodejs/bin/node"));
  for (const library of libraries) await copy(await realpath(library), join(root, library));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Git keeps no modes and no owners: they are set as an image's build would, whatever the umask and the checkout's owner. */
async function setModes(root: string): Promise<void> {
  const asRoot = process.getuid?.() === 0;
  const own = async (path: string, id: number): Promise<void> => (asRoot ? chown(path, id, id) : undefined);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path)).isSymbolicLink()) continue;
    await own(path, 0);
    const program = /\/nodejs\/bin\/|\/ld-linux[^/]*$/u.test(path);
    await chmod(path, entry.isDirectory() || program ? 0o755 : 0o644);
  }
  await chmod(root, 0o755);
  for (const folder of ["tmp", "var/tmp"]) await chmod(join(root, folder), 0o1777);
  for (const folder of ["root", "home/nonroot"]) await chmod(join(root, folder), 0o700);
  await own(join(root, "home/nonroot"), 65532);
  for (const file of worldWritable) await chmod(join(root, file), 0o666);
}
