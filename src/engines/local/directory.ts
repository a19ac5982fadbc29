/** dir: a root directory becomes a target in namespaces of its own, with the agent beside it; scanner/agent/lib/sidescan/pod.rb builds it. */
import { opendir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { cannotScan, capital, messageOf, type SidescanError } from "../../errors.ts";
import { withoutControls } from "../../protocol/lines.ts";
import type { AgentEnd } from "../../protocol/reader.ts";
import type { Target } from "../../target/target.ts";
import type { AuditRequest, Deployment, EngineContext } from "../engine.ts";
import { startChild, type Child } from "./child.ts";
import { mainProcess } from "./image-config.ts";
import { hiddenOwnership, mapping, refused, unshare, type Mapping } from "./namespaces.ts";
import { parsePodMessage, type PodMessage } from "./pod-messages.ts";
import { agentCommand, commonSpec, environment, type LocalRuntime } from "./runtime.ts";

/** @throws SidescanError: exit code 3 when the directory is none, or the agent cannot be started; 2 when the image config is none */
export async function deployDirectory(
  runtime: LocalRuntime,
  target: Extract<Target, { kind: "dir" }>,
  request: AuditRequest,
  context: EngineContext,
): Promise<Deployment> {
  const directory = await usableDirectory(target.path);
  const main = await mainProcess(target);
  const how = mapping();
  if (how !== "none") context.notice("warning", hiddenOwnership);
  context.signal.throwIfAborted();

  const pod = await startChild(
    [...unshare(how), runtime.ruby, "--disable-gems", join(runtime.scannerDir, "agent/bin/sidescan-pod")],
    environment(runtime),
    (stop) => context.undo.defer("the local pod", stop),
    { channel: true },
  );
  const { auditor, profiles } = request;
  pod.say(
    JSON.stringify({
      directory,
      needed: [...profiles, ...auditor.inputFiles, ...auditor.waiverFiles, ...placesOf(runtime)],
      mapping: how,
      main,
      agent: agentCommand(runtime),
      spec: commonSpec(request, runtime, how === "none" ? "visible" : "hidden"),
    }),
  );
  return attend(pod, how, request.wait, context);
}

/** Resolved, and known to be a directory that can be listed. @throws SidescanError (exit 3) */
export async function usableDirectory(path: string): Promise<string> {
  try {
    const directory = await realpath(path);
    if (!(await stat(directory)).isDirectory())
      throw cannotScan(`${path} is not a directory.`, {
        hint: "dir: takes the unpacked root file system of a container.",
      });
    await (await opendir(directory)).close();
    return directory;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT") throw cannotScan(`The directory ${path} does not exist.`, { cause: error });
    if (code === "EACCES")
      throw cannotScan(`The directory ${path} cannot be read by this user.`, {
        hint: "Run as root, or as its owner.",
        cause: error,
      });
    if (code === null) throw error;
    throw cannotScan(`The directory ${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

const placesOf = ({ ruby, gemHome, tools, scannerDir }: LocalRuntime): string[] =>
  [ruby, gemHome, tools, scannerDir].filter((path) => path !== null);

/** Listens to the pod until its target runs, and from then on in the background. */
async function attend(pod: Child, how: Mapping, wait: number, context: EngineContext): Promise<Deployment> {
  // What Promise.withResolvers makes, which Node 20 does not have.
  let settle: { resolve: () => void; reject: (reason: unknown) => void } = {
    resolve: () => {},
    reject: () => {},
  };
  const running = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  let agentEnd: Pick<AgentEnd, "code" | "signal"> | null = null;
  const heard = async (): Promise<void> => {
    for await (const line of pod.channel) {
      const message = parsePodMessage(line);
      if (message.event === "ready") settle.resolve();
      else if (message.event === "failed") settle.reject(failure(message));
      else if (message.event === "agent-ended") agentEnd = message;
      else context.notice(...noticeOf(message));
    }
    settle.reject(ended(how, await pod.ended));
  };
  // Once the target runs, a broken channel costs notices only; how the pod ended is told by `ended`.
  heard().catch((error: unknown) => settle.reject(error));

  const late = AbortSignal.timeout(wait * 1000);
  const given = AbortSignal.any([context.signal, late]);
  const stopped = (): void =>
    settle.reject(
      context.signal.aborted
        ? context.signal.reason
        : cannotScan(`The target did not start within ${wait} seconds.`),
    );
  given.addEventListener("abort", stopped, { once: true });
  try {
    await running;
  } finally {
    given.removeEventListener("abort", stopped);
  }
  return { lines: pod.lines, ended: pod.ended.then((end) => ({ ...end, ...agentEnd })) };
}

const failure = ({ message, hint }: Extract<PodMessage, { event: "failed" }>): SidescanError =>
  cannotScan(message, hint === null ? {} : { hint: capital(hint) });

function noticeOf(
  message: Extract<PodMessage, { event: "notice" | "target-ended" }>,
): ["info" | "warning", string] {
  if (message.event === "notice") return [message.level, message.message];
  const how = message.signal === null ? `with exit code ${message.code}` : `by ${message.signal}`;
  const lines = message.output.map((line) => `\n  ${withoutControls(line)}`).join("");
  return [
    "warning",
    `The target's main process ended ${how}.${lines === "" ? "" : ` Its last lines:${lines}`}`,
  ];
}

/** The pod went away before its target ran. */
function ended(how: Mapping, end: AgentEnd): SidescanError {
  if (end.stderr.some((line) => line.startsWith("unshare:"))) return refused(how, end.stderr);
  const why = end.signal === null ? `exit code ${end.code}` : end.signal;
  return cannotScan(`The local pod ended before its target ran (${why}).`, { details: end.stderr });
}
