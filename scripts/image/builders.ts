/** The programs that can build an image from a Dockerfile, and how each is asked to: argument arrays, never a shell. */
import { run } from "../../src/setup/run.ts";

export type Step = { file: string; args: string[] };

export type Build = {
  context: string;
  /** The Dockerfile; its ignore file lies beside it. */
  file: string;
  tag: string;
  args: Record<string, string>;
  /** Files that only the build sees, by id. */
  secrets: Record<string, string>;
  /** Nothing from the cache of layers. */
  fresh: boolean;
  /** SOURCE_DATE_EPOCH: every time stamp becomes this one. */
  epoch: string | undefined;
};

export type Builder = {
  name: string;
  build: (of: Build) => Step;
  /** Writes a docker archive. */
  save: (tag: string, output: string) => Step;
};

const options = ({ args, secrets, file, tag, fresh }: Build): string[] => [
  ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
  ...Object.entries(secrets).flatMap(([id, source]) => ["--secret", `id=${id},src=${source}`]),
  ...(fresh ? ["--no-cache"] : []),
  "--file",
  file,
  "--tag",
  tag,
];

// Chroot isolation needs no runtime, no cgroups and no nesting of containers; the caller may ask for another by BUILDAH_ISOLATION.
const isolation = process.env["BUILDAH_ISOLATION"] ?? "chroot";

/** podman builds by buildah's code. */
const buildah = (build: Build, command: string): string[] => [
  command,
  "--isolation",
  isolation,
  "--layers",
  "--ignorefile",
  `${build.file}.dockerignore`,
  ...(build.epoch === undefined ? [] : ["--timestamp", build.epoch]),
  ...options(build),
  build.context,
];

/** In the order of preference. */
export const builders: Record<string, Builder> = {
  docker: {
    name: "docker",
    build: (of) => ({
      file: "docker",
      args: [
        "build",
        ...(of.epoch === undefined ? [] : ["--build-arg", `SOURCE_DATE_EPOCH=${of.epoch}`]),
        ...options(of),
        of.context,
      ],
    }),
    save: (tag, output) => ({ file: "docker", args: ["save", "--output", output, tag] }),
  },
  podman: {
    name: "podman",
    build: (of) => ({ file: "podman", args: buildah(of, "build") }),
    save: (tag, output) => ({
      file: "podman",
      args: ["save", "--format", "docker-archive", "--output", output, tag],
    }),
  },
  buildah: {
    name: "buildah",
    build: (of) => ({ file: "buildah", args: buildah(of, "build") }),
    save: (tag, output) => ({
      file: "buildah",
      args: ["push", "--quiet", tag, `docker-archive:${output}:${tag}`],
    }),
  },
};

/** Asked in a way that fails where the program is there, and what it needs is not. */
const probes: Record<string, string[]> = {
  docker: ["version", "--format", "{{.Server.Version}}"],
  podman: ["info"],
  buildah: ["info"],
};

/** The first that works, or the one that is named if it does; null when there is none. */
export async function findBuilder(asked?: string): Promise<Builder | null> {
  for (const [name, builder] of Object.entries(builders)) {
    if (asked !== undefined && asked !== name) continue;
    const ran = await run(name, probes[name] ?? [], { timeout: 30_000 });
    if (ran.code === 0) return builder;
  }
  return null;
}
