/**
 * The cluster that the tests of the Kubernetes engine run on: the one that KUBECONFIG names, or a cluster of this machine's own, brought up,
 * filled with the images under test, and taken down again unless it ran before.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { run } from "../../src/setup/run.ts";
import { present } from "./program.ts";

/** Runs a program with its output shown; resolves to its exit code and what it printed. */
export type Show = (
  file: string,
  args: string[],
  minutes?: number,
) => Promise<{ code: number | null; output: string }>;

/** `skip`: why there is none to test on. `failed`: what went wrong where there should be one. */
export type TestCluster =
  { kubeconfig: string; down: () => void } | { skip: string } | { failed: string; down: () => void };

/** Programs that make the images, and Debian's packages of them. */
const needed = [
  ["buildah", "buildah"],
  ["mmdebstrap", "mmdebstrap"],
  ["ps", "procps"],
  ["ss", "iproute2"],
] as const;

const scannerImage = "localhost/sidescan-scanner:dev";
const baseImage = "localhost/debian:bookworm-slim";

/** The cluster's program lies beside the checkout, or where SIDESCAN_TEST_CLUSTER says. */
const clusterProgram = (repository: string): string =>
  process.env["SIDESCAN_TEST_CLUSTER"] ?? join(repository, "..", "shared", "cluster", "cluster");

/**
 * Lets a cluster of this machine's own be compiled with what the other suites leave of the processors, since that takes some ten minutes;
 * `up` finishes what this did not. Resolves when it has ended, however.
 */
export async function buildMeanwhile(repository: string): Promise<void> {
  const program = clusterProgram(repository);
  if (process.env["KUBECONFIG"] !== undefined || !existsSync(program) || process.getuid?.() !== 0) return;
  const child = spawn("nice", ["-n", "19", program, "build"], { stdio: "ignore", detached: true });
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", stop);
  const ended = await new Promise<string | null>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? null : `ended with ${code ?? signal}`));
  });
  process.off("exit", stop);
  if (ended !== null) process.stdout.write(`compiling the cluster meanwhile ${ended}; it is tried again\n`);
}

/**
 * Waits until nobody has installed packages for six seconds, at most five minutes: suites that compare what they read of this machine's
 * packages with what its programs say would see them change in between.
 */
export async function installationsOver(): Promise<void> {
  let quiet = 0;
  for (let looks = 0; quiet < 4 && looks < 150; looks += 1) {
    quiet = installing() ? 0 : quiet + 1;
    await setTimeout(2000);
  }
}

const installing = (): boolean =>
  readdirSync("/proc").some((pid) => {
    try {
      return /^\d+$/u.test(pid) && /^(apt-get|dpkg)$/mu.test(readFileSync(`/proc/${pid}/comm`, "utf8"));
    } catch {
      return false; // it has ended
    }
  });

/** `repository`: the checkout. */
export async function testCluster(repository: string, show: Show): Promise<TestCluster> {
  const given = process.env["KUBECONFIG"];
  if (given !== undefined) return { kubeconfig: given, down: () => {} };
  const program = clusterProgram(repository);
  if (!existsSync(program))
    return { skip: "KUBECONFIG names no cluster, and there is no program that starts one" };
  if (process.getuid?.() !== 0) return { skip: "KUBECONFIG names no cluster, and only root can start one" };

  const ranBefore = (await run(program, ["status"], { timeout: 60_000 })).code === 0;
  const down = ranBefore ? () => {} : once(() => spawnSync(program, ["down"], { stdio: "inherit" }));
  process.once("exit", down);
  try {
    const kubeconfig = await up(program, show);
    await fill(repository, program, show);
    return { kubeconfig, down };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error), down };
  }
}

/** The first time it compiles Kubernetes, which takes some ten minutes. */
async function up(program: string, show: Show): Promise<string> {
  const { output } = await must(show, program, ["up"], 40);
  const kubeconfig = output
    .trim()
    .split("\n")
    .findLast((line) => line.startsWith("/"));
  if (kubeconfig === undefined) throw new Error(`${program} up named no KUBECONFIG`);
  return kubeconfig;
}

/** Everything that the tests need and no registry is there for. */
async function fill(repository: string, program: string, show: Show): Promise<void> {
  const images = join(repository, ".sidescan", "images");
  mkdirSync(images, { recursive: true });
  for (const [name, debianPackage] of needed)
    if (!(await present(name, "The tests on a cluster build images.", debianPackage)))
      throw new Error(`there is no ${name}, and it cannot be installed from here`);
  if ((await run("buildah", ["inspect", "--type", "image", baseImage])).code !== 0)
    await makeBase(join(images, "base.tar"), show);
  const script = (name: string, ...args: string[]): Promise<unknown> =>
    must(show, process.execPath, [join(repository, "scripts", name), ...args], 30);
  const scanner = join(images, "scanner.tar");
  const others = join(images, "test-images.tar");
  await script(
    "image.ts",
    "--builder",
    "buildah",
    "--base",
    baseImage,
    "--tag",
    scannerImage,
    "--output",
    scanner,
  );
  await script("test-images.ts", others);
  for (const archive of [scanner, others]) await must(show, program, ["load", archive], 10);
}

/** A Debian without anything that is not essential, out of this machine's package sources. */
async function makeBase(archive: string, show: Show): Promise<void> {
  await must(show, "mmdebstrap", ["--variant=minbase", "bookworm", archive], 15);
  const { output } = await must(show, "buildah", ["from", "scratch"], 5);
  const container = output.trim().split("\n").at(-1) ?? "";
  await must(show, "buildah", ["add", "--quiet", container, archive, "/"], 10);
  await must(show, "buildah", ["commit", "--quiet", "--rm", container, baseImage], 10);
}

async function must(show: Show, file: string, args: string[], minutes: number): ReturnType<Show> {
  const ran = await show(file, args, minutes);
  if (ran.code !== 0) throw new Error(`${file} ${args[0]} ended with ${ran.code ?? "a signal"}`);
  return ran;
}

function once(action: () => unknown): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
