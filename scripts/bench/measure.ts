/** Times programs: wall clock, and processor time of a program with its children. */
import { readFileSync } from "node:fs";
import { lastLines, run, shown } from "../../src/setup/run.ts";

type Options = { env?: NodeJS.ProcessEnv; cwd?: string };

/** Seconds. Throws when it ends with another exit code than those `expected`: a failure is fast. */
export async function timed(
  file: string,
  args: string[],
  expected: number[],
  options: Options = {},
): Promise<number> {
  const started = performance.now();
  const ran = await run(file, args, options);
  const seconds = (performance.now() - started) / 1000;
  if (ran.code === null || !expected.includes(ran.code))
    throw new Error(
      `${shown(file, args)} ended with ${ran.code ?? ran.signal}:\n${lastLines(ran.stderr || ran.stdout).join("\n")}`,
    );
  return seconds;
}

/** Seconds of user and system time, as the kernel adds them up for children that were waited for (to 10 ms). */
export async function processorSeconds(file: string, args: string[], expected: number[]): Promise<number> {
  const before = childTicks();
  await timed(file, args, expected);
  return (childTicks() - before) / 100;
}

/** Fields 16 and 17 of /proc/self/stat, in ticks of 10 ms. */
function childTicks(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[13]) + Number(fields[14]);
}

export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
