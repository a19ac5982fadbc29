/** One audit with the local engine and the real agent, as the tests of this folder need it: everything heard, and what remained. */
import { join } from "node:path";
import type { AuditRequest } from "../../src/engines/engine.ts";
import { localEngine } from "../../src/engines/local/local.ts";
import { SidescanError, messageOf } from "../../src/errors.ts";
import { assembler } from "../../src/protocol/assemble.ts";
import type { AgentEvent, AgentEventOf } from "../../src/protocol/events.ts";
import { agentFailure, readEvents } from "../../src/protocol/reader.ts";
import { runtimeHome } from "../../src/setup/home.ts";
import { parseTarget, type TargetOptions } from "../../src/target/parse.ts";
import { Undo, type Remains } from "../../src/undo.ts";

export type Audit = {
  events: AgentEvent[];
  notices: string[];
  files: Map<string, Uint8Array>;
  error: { message: string; exitCode: number | null; hint: string | null; details: string[] } | null;
  remains: Remains[];
};

export const profile = join(import.meta.dirname, "profile");

export async function audit(
  target: string,
  options: TargetOptions = {},
  asked: Partial<AuditRequest> & { naps?: number; write?: boolean } = {},
  {
    signal = new AbortController().signal,
    heard = () => {},
  }: { signal?: AbortSignal; heard?: (what: string) => void } = {},
): Promise<Audit> {
  const { naps = 0, write = false, ...request } = asked;
  const undo = new Undo();
  const found: Audit = { events: [], notices: [], files: new Map(), error: null, remains: [] };
  try {
    const deployment = await localEngine(runtimeHome()).deploy(
      parseTarget(target, options),
      {
        run: "test",
        profiles: [profile],
        auditor: { inputs: { naps, write }, inputFiles: [], waiverFiles: [], controls: [], tags: [] },
        timeout: 100,
        commandTimeout: 20,
        wait: 10,
        commands: "read-only",
        virtualization: "docker",
        ...request,
      },
      { undo, signal, notice: (_, message) => void found.notices.push(message) },
    );
    heard("deployed");
    const assembled = assembler();
    for await (const event of readEvents(deployment.lines, "test", deployment.ended)) {
      signal.throwIfAborted();
      found.events.push(event);
      heard(event.event);
      if (event.event === "error") throw agentFailure(event);
      await assembled.add(event);
    }
    found.files = assembled.files();
  } catch (error) {
    const { exitCode, hint, details } =
      error instanceof SidescanError ? error : { exitCode: null, hint: null, details: [] };
    found.error = { message: messageOf(error), exitCode, hint, details };
  }
  found.remains = await undo.run();
  return found;
}

export const eventOf = <Name extends AgentEvent["event"]>(
  found: Audit,
  name: Name,
): AgentEventOf<Name> | undefined =>
  found.events.find((event): event is AgentEventOf<Name> => event.event === name);
