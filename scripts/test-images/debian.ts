/** Files of Debian packages that are installed on this machine, as entries of an image's layer: no network and no registry is needed. */
import { lstatSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "../../src/setup/run.ts";
import type { Entry } from "./archive.ts";

const unwanted = /^\/usr\/share\/(?:doc|man|info|locale|lintian|bug|zoneinfo)(?:\/|$)|^\/(?:proc|sys|dev)\//u;
const merged = ["bin", "sbin", "lib", "lib64"];

export const directory = (name: string, mode = 0o755, uid = 0): Entry => ({
  type: "directory",
  name,
  mode,
  uid,
  gid: uid,
});
export const text = (name: string, content: string, mode = 0o644): Entry => ({
  type: "file",
  name,
  mode,
  content,
});
export const link = (name: string, linkname: string): Entry => ({
  type: "symlink",
  name,
  mode: 0o777,
  linkname,
});

/** What every Debian-like root has, whatever is installed in it. */
export const skeleton: Entry[] = [
  ...["etc", "home", "opt", "root", "run", "srv", "usr", "var", "var/lib", "var/log"].map((name) =>
    directory(name),
  ),
  ...merged.flatMap((name) => [directory(`usr/${name}`), link(name, `usr/${name}`)]),
  directory("tmp", 0o1777),
];

export const accounts: Entry[] = [
  text(
    "etc/passwd",
    "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\n",
  ),
  text("etc/group", "root:x:0:\nshadow:x:42:\nwww-data:x:33:\nnogroup:x:65534:\nnonroot:x:65532:\n"),
  text("etc/shadow", "root:*:19000:0:99999:7:::\nnonroot:!:19000:0:99999:7:::\n", 0o640),
  text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
];

/** The named packages and all that they need, with their entries in dpkg's database. */
export async function debianRoot(names: string[]): Promise<Entry[]> {
  const packages = await closure(names);
  const listed = await output("dpkg-query", ["-L", ...packages]);
  const paths = new Set<string>();
  for (const path of listed.split("\n"))
    if (path.startsWith("/") && path !== "/." && !unwanted.test(path)) paths.add(unmerged(path));
  const made = new Set([...skeleton, ...accounts].map(({ name }) => `/${name}`));
  const files = [...paths]
    .toSorted()
    .filter((path) => !made.has(path))
    .flatMap((path) => entryOf(path));
  return [...skeleton, ...files, ...accounts, ...database(packages)];
}

/** The packages that own the files, such as those that a program of this machine is made of. */
async function closure(names: string[]): Promise<string[]> {
  const listed = await output("apt-cache", ["depends", "--recurse", "--installed", "--important", ...names]);
  const wanted = [...new Set(listed.match(/^[a-z0-9][a-z0-9.+-]*/gmu))];
  const ran = await run("dpkg-query", ["-W", "-f=${db:Status-Status} ${binary:Package}\n", ...wanted]);
  const installed = [...ran.stdout.matchAll(/^installed (\S+)$/gmu)].map((match) => match[1] ?? "");
  const missing = names.filter((name) => !installed.some((found) => found.split(":")[0] === name));
  if (missing.length > 0)
    throw new Error(`not installed on this machine: apt-get install ${missing.join(" ")}`);
  return installed;
}

/** An entry for one path of this machine; none for what is neither file nor folder nor link, and for what is not there. */
export function entryOf(path: string, name = path): Entry[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  const common = { name, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  if (stat.isDirectory()) return [{ ...common, type: "directory" }];
  if (stat.isSymbolicLink()) return [{ ...common, type: "symlink", linkname: readlinkSync(path) }];
  return stat.isFile() ? [{ ...common, type: "file", from: path }] : [];
}

/** With /usr merged, packages name files by paths that lead over links. */
function unmerged(path: string): string {
  const [, first = ""] = path.split("/");
  return merged.includes(first) ? `/usr${path}` : path;
}

function database(packages: string[]): Entry[] {
  const names = packages.map((name) => name.split(":")[0] ?? "");
  const status = readFileSync("/var/lib/dpkg/status", "utf8")
    .split("\n\n")
    .filter((entry) => names.includes(/^Package: (\S+)/mu.exec(entry)?.[1] ?? ""));
  return [
    ...["dpkg", "dpkg/info"].map((name) => directory(`var/lib/${name}`)),
    text("var/lib/dpkg/status", `${status.join("\n\n")}\n\n`),
    text("var/lib/dpkg/available", ""),
    ...packages.flatMap((name) =>
      [name, name.split(":")[0] ?? ""].flatMap((file) =>
        ["list", "md5sums"].flatMap((kind) => entryOf(`/var/lib/dpkg/info/${file}.${kind}`)),
      ),
    ),
  ].filter((entry, index, all) => all.findIndex((other) => other.name === entry.name) === index);
}

/** A program of this machine at another name, and the libraries that it loads, where its loader looks for them. */
export async function programWithLibraries(path: string, name: string): Promise<Entry[]> {
  const loaded = await output("ldd", [realpathSync(path)]);
  const libraries = [...loaded.matchAll(/(\/\S+) \(0x/gu)].map((match) => match[1] ?? "");
  return [
    ...entryOf(realpathSync(path), name),
    ...libraries.flatMap((library) =>
      entryOf(realpathSync(library), unmerged(join(dirname(library), basename(library)))),
    ),
  ];
}

/** dpkg's entry of a package in the form of minimal images, one file each. */
export function statusOf(name: string): Entry {
  const entries = readFileSync("/var/lib/dpkg/status", "utf8").split("\n\n");
  const entry = entries.find((of) => of.startsWith(`Package: ${name}\n`)) ?? "";
  return text(`var/lib/dpkg/status.d/${name}`, `${entry}\n`);
}

export async function output(file: string, args: string[]): Promise<string> {
  let said = "";
  const ran = await run(file, args, {
    env: { ...process.env, LC_ALL: "C" },
    line: (line) => (said += `${line}\n`),
  });
  // apt-cache and dpkg-query tell by their exit code of names that are not known; who asks looks at what is.
  if (ran.missing)
    throw new Error(`${file} is missing: test images are made of this machine's Debian packages`);
  return said;
}
