/** pid: a process that already runs on this machine; the agent looks at it from where we are. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cannotScan, usageError } from "../../errors.ts";
import type { AuditRequest, Deployment, EngineContext } from "../engine.ts";
import { scratchDirectory } from "../../scratch.ts";
import { startChild } from "./child.ts";
import { agentCommand, commonSpec, environment, specLine, type LocalRuntime } from "./runtime.ts";

/** Of include/linux/sched.h. */
const PF_KTHREAD = 0x0020_0000;

/** @throws SidescanError: exit code 3 when there is no such process, 2 when it is our own */
export async function deployProcess(
  runtime: LocalRuntime,
  pid: number,
  request: AuditRequest,
  context: EngineContext,
): Promise<Deployment> {
  if (pid === process.pid) throw usageError(`Process ${pid} is sidescan itself.`);
  const start = await startTime(pid);
  const directory = await scratchDirectory(context.undo);
  const [work, results] = [join(directory, "work"), join(directory, "results")];
  await mkdir(work, { mode: 0o700 });
  await mkdir(results, { mode: 0o700 });
  context.signal.throwIfAborted();

  const agent = await startChild(agentCommand(runtime), { ...environment(runtime), TMPDIR: work }, (stop) =>
    context.undo.defer("the agent", stop),
  );
  agent.say(specLine({ ...commonSpec(request, runtime, "visible"), target: { pid, start }, work, results }));
  return { lines: agent.lines, ended: agent.ended };
}

/**
 * When the process started, in clock ticks since boot: with it, a later process of the same number is never taken for this one.
 * @throws SidescanError (exit 3) when there is nothing that could be audited
 */
export async function startTime(pid: number, proc = "/proc"): Promise<string> {
  let stat: string;
  let status: string;
  try {
    stat = await readFile(`${proc}/${pid}/stat`, "latin1");
    status = await readFile(`${proc}/${pid}/status`, "latin1");
  } catch (error) {
    throw cannotScan(`There is no process ${pid}.`, {
      hint: "It may have ended: `ps -e` lists those that run.",
      cause: error,
    });
  }
  // The name, in parentheses, may hold anything; field 3 is the first after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, flags, start] = [fields[0], Number(fields[6]), fields[19]];
  const leader = /^Tgid:\s*(\d+)$/mu.exec(status)?.[1];
  if (leader !== undefined && leader !== String(pid))
    throw cannotScan(`${pid} is a thread of process ${leader}.`, { hint: `Name the process: pid:${leader}` });
  if ((flags & PF_KTHREAD) !== 0)
    throw cannotScan(`Process ${pid} is a thread of the kernel; it has no root to audit.`);
  if (state === "Z" || state === "X")
    throw cannotScan(`Process ${pid} has ended and only waits for its parent to notice.`);
  if (start === undefined || !/^\d+$/u.test(start))
    throw cannotScan(`What ${proc}/${pid}/stat says cannot be understood.`);
  return start;
}
