/**
 * The figures of a scan in a cluster, where KUBECONFIG names one that has the scanner and the test images: its phases beside those of
 * the same scan on this machine, requests to the API server, the caller's memory with a large result, and what killed callers leave.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { run, shown } from "../../src/setup/run.ts";
import { runtimeRoot } from "../../src/setup/home.ts";
import {
  contents,
  makeNamespace,
  repository,
  scannerImage,
  testImage,
  unavailable,
} from "../../test/kubernetes/harness.ts";
import { apiProxy } from "../../test/kubernetes/api-proxy.ts";
import { expire, profile as fixture } from "../../test/kubernetes/scans.ts";
import { countAtMost, type Figure } from "./figure.ts";
import { median } from "./measure.ts";

const cli = join(repository, "dist", "cli.js");
const phases = ["deploy", "identify", "scan", "retrieve", "process", "cleanup"] as const;
const KILLS = 20;
/** Of 96 KiB each, as the fixture makes them: 20 MB. */
const TEXTS = 210;

type Story = { seconds: number; durations: Record<string, number> };

/** @param say shows what is going on */
export async function clusterFigures(scratch: string, say: (text: string) => void): Promise<Figure[]> {
  if (unavailable !== null) {
    say(`a cluster: left out, ${unavailable}`);
    return [];
  }
  await using namespace = await makeNamespace("bench");
  const figures = [
    ...(await againstLocal(namespace.name, scratch, say)),
    ...(await largeResult(namespace.name, scratch, say)),
    await killed(namespace.name, scratch, say),
  ];
  const left = await contents(namespace.name);
  return [...figures, countAtMost("a cluster: objects left after all of this", left.length, 0)];
}

/** The distroless test image with the demo's profile, in the cluster and from its files. */
async function againstLocal(
  namespace: string,
  scratch: string,
  say: (text: string) => void,
): Promise<Figure[]> {
  say("the same scan in the cluster and on this machine");
  const { rootfs, config } = await unpacked("distroless", join(scratch, "distroless"));
  const profile = [
    "--profile",
    join(repository, "demo", "profile"),
    "--json",
    "--output",
    join(scratch, "out"),
  ];
  const here = ["scan", `dir:${rootfs}`, "--image-config", config, "--run", ...profile];
  const there = [
    "scan",
    testImage("distroless"),
    "-n",
    namespace,
    "--scanner-image",
    scannerImage,
    ...profile,
  ];
  const stories: Record<"here" | "there", Story[]> = { here: [], there: [] };
  await story(there);
  for (let round = 0; round < 5; round += 1) {
    stories.here.push(await story(here));
    stories.there.push(await story(there));
  }
  const middle = (of: Story[], value: (one: Story) => number): number => median(of.map(value));
  for (const phase of phases) {
    const [one, other] = [stories.here, stories.there].map((of) =>
      middle(of, ({ durations }) => durations[phase] ?? Number.NaN),
    );
    say(
      `  ${phase.padEnd(10)}${one?.toFixed(2)} s here, ${other?.toFixed(2)} s in the cluster (medians of 5)`,
    );
  }
  const more =
    middle(stories.there, ({ seconds }) => seconds) - middle(stories.here, ({ seconds }) => seconds);

  await using proxy = await apiProxy();
  await story([...there, "--kubeconfig", proxy.kubeconfig]);
  const verbs = proxy.requests.map(
    ({ verb, path }) =>
      `${verb} ${path
        .split("/")
        .at(-1)
        ?.replace(/^sidescan-.*/u, "NAME")}`,
  );
  say(`  requests: ${verbs.join(", ")}`);
  return [
    {
      what: "a cluster: the same scan, more than on this machine",
      measured: `${more.toFixed(2)} s more`,
      limit: "at most 2.0 s",
      met: more <= 2,
    },
    countAtMost("a cluster: requests to the API server", proxy.requests.length, 25),
  ];
}

/** The caller's own peak, until all is retrieved, and until all reports are written. */
async function largeResult(
  namespace: string,
  scratch: string,
  say: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const way of ["logs", "exec"]) {
    say(`a result of 20 MB, by ${way}`);
    const file = join(scratch, `${way}.json`);
    const target = [testImage("distroless"), "-n", namespace, "--scanner-image", scannerImage];
    const more = ["--input", `texts=${TEXTS}`, "--retrieve", way, "--reporter", `json:${file}`];
    const child = spawn(process.execPath, [cli, "scan", ...target, "--profile", fixture, ...more], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    let retrieved = 0;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (retrieved === 0 && said.includes("✓ Retrieving")) retrieved = peakOf(child.pid ?? 0);
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`the scan of a large result ended with ${code}:\n${said}`);
    const bytes = statSync(file).size;
    if (bytes < 20e6) throw new Error(`the large result has only ${bytes} bytes`);
    figures.push({
      what: `a cluster: caller's peak, 20 MB retrieved by ${way}`,
      measured: `${retrieved.toFixed(0)} MB`,
      limit: "under 150 MB",
      met: retrieved > 0 && retrieved < 150,
    });
  }
  return figures;
}

/** MB; the kernel's own high-water mark. */
function peakOf(pid: number): number {
  const kibibytes = /^VmHWM:\s*(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Callers that are killed at random moments; then their expiry, and one gc. */
async function killed(namespace: string, scratch: string, say: (text: string) => void): Promise<Figure> {
  say(`SIGKILL at ${KILLS} random moments`);
  const words = ["scan", testImage("distroless"), "-n", namespace, "--scanner-image", scannerImage];
  const more = [
    "--profile",
    fixture,
    "--input",
    "naps=3",
    "--reporter",
    `json:${join(scratch, "killed.json")}`,
  ];
  const { seconds } = await story([...words, ...more, "--json"]);
  let left = 0;
  let orphans = 0;
  for (let moment = 0; moment < KILLS; moment += 1) {
    const child = spawn(process.execPath, [cli, ...words, ...more], { stdio: "ignore" });
    const after = Math.random() * seconds;
    await Promise.race([once(child, "close"), pause(after * 1000)]);
    child.kill("SIGKILL");
    orphans += (await contents(namespace)).length;
    await expire(namespace);
    const gc = await run(process.execPath, [cli, "gc", "--namespace", namespace]);
    if (gc.code !== 0) throw new Error(`gc ended with ${gc.code}:\n${gc.stderr}`);
    left += (await contents(namespace)).length;
  }
  say(`  ${orphans} objects before gc, ${left} after it`);
  return countAtMost(`a cluster: left by ${KILLS} killed callers after one gc each`, left, 0);
}

async function story(args: string[]): Promise<Story> {
  const started = performance.now();
  const ran = await run(process.execPath, [cli, ...args]);
  const seconds = (performance.now() - started) / 1000;
  // What the controls find is not what is measured; that they were all asked is.
  const durations = ran.stdout.startsWith("{")
    ? (JSON.parse(ran.stdout) as { durations: Story["durations"] }).durations
    : {};
  if (!((durations["process"] ?? 0) > 0))
    throw new Error(`${shown(cli, args)} ended with ${ran.code}:\n${ran.stderr}`);
  return { seconds, durations };
}

/** A test image's files and configuration, out of the archive that the cluster's node got. */
async function unpacked(name: string, folder: string): Promise<{ rootfs: string; config: string }> {
  const archive = join(runtimeRoot(), "images", "test-images.tar");
  if (!existsSync(archive)) throw new Error(`${archive} is missing: npm run test-images`);
  const rootfs = join(folder, "rootfs");
  mkdirSync(rootfs, { recursive: true });
  await tar(["-xf", archive, "-C", folder]);
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    Config: string;
    RepoTags: string[];
    Layers: string[];
  }[];
  const image = manifest.find(({ RepoTags }) => RepoTags.includes(testImage(name)));
  if (image === undefined) throw new Error(`${archive} has no ${testImage(name)}`);
  for (const layer of image.Layers) await tar(["-xpf", join(folder, layer), "-C", rootfs]);
  const config = join(folder, "image.json");
  writeFileSync(config, readFileSync(join(folder, image.Config)));
  return { rootfs, config };
}

async function tar(args: string[]): Promise<void> {
  const ran = await run("tar", args);
  if (ran.code !== 0) throw new Error(ran.stderr);
}
