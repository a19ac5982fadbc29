/** Peak memory of a program and all its descendants together, by sampling their proportional set sizes. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

export type Peak = { mebibytes: number; processes: { name: string; mebibytes: number }[] };

/** Samples every 40 ms until the program ends. */
export async function peakMemory(file: string, args: string[], cwd: string): Promise<Peak> {
  const child = spawn(file, args, { cwd, stdio: "ignore" });
  let peak: Peak = { mebibytes: 0, processes: [] };
  const timer = setInterval(() => {
    if (child.pid === undefined) return;
    const processes = descendants(child.pid).flatMap((pid) => memoryOf(pid));
    const mebibytes = processes.reduce((sum, process) => sum + process.mebibytes, 0);
    if (mebibytes > peak.mebibytes) peak = { mebibytes, processes };
  }, 40);
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return peak;
}

function descendants(root: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }));
  const family = [root];
  for (const pid of family)
    family.push(...parents.filter(({ parent }) => parent === pid).map((each) => each.pid));
  return family;
}

const parentOf = (pid: string): number =>
  Number(/^PPid:\s*(\d+)/mu.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);

/** Proportional: what several processes share counts once over all of them. */
function memoryOf(pid: number): Peak["processes"] {
  const kibibytes = Number(/^Pss:\s*(\d+)/mu.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  const words = read(`/proc/${pid}/cmdline`).split("\0");
  // The program, and the script where it runs one: several are a Ruby or a Node.
  const script = words.slice(1).find((word) => word.startsWith("/") && !word.includes("="));
  const name = [words[0], script]
    .map((word) => basename(word ?? ""))
    .join(" ")
    .trim();
  return kibibytes === 0 ? [] : [{ name, mebibytes: Math.round(kibibytes / 1024) }];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
