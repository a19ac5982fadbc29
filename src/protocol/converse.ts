/** Listens to the agent of one run, phase by phase, and keeps what it told. */
import type { Deployment } from "../engines/engine.ts";
import { cannotScan } from "../errors.ts";
import { assembler } from "./assemble.ts";
import type { AgentEvent, AgentEventOf } from "./events.ts";
import { agentFailure, readEvents } from "./reader.ts";

type FileName = AgentEventOf<"chunk">["file"];

/** What the agent has said so far that outlives its phase. */
export type Told = {
  [Name in "hello" | "identified" | "access" | "auditor" | "loaded" | "stored"]: AgentEventOf<Name> | null;
};

export type Conversation = {
  told: Told;
  /** Listens until that event. @throws SidescanError when the agent reports an error, or ends before it */
  until: (name: keyof Told) => Promise<void>;
  /** Listens to the end. @throws SidescanError also when a file did not arrive whole */
  files: () => Promise<Map<FileName, Uint8Array>>;
};

export function converse(
  deployment: Deployment,
  run: string,
  heard: (event: AgentEvent) => void,
): Conversation {
  const events = readEvents(deployment.lines, run, deployment.ended);
  const assembled = assembler();
  const told: Told = {
    hello: null,
    identified: null,
    access: null,
    auditor: null,
    loaded: null,
    stored: null,
  };

  /** Null when the agent has said its last. */
  const next = async (): Promise<AgentEvent | null> => {
    const { value, done } = await events.next();
    if (done === true) return null;
    if (value.event === "error") throw agentFailure(value);
    keep(told, value);
    assembled.add(value);
    heard(value);
    return value;
  };

  return {
    told,
    until: async (name) => {
      while (told[name] === null) {
        const event = await next();
        if (event === null || event.event === "end") throw cannotScan(`The agent ended without "${name}".`);
      }
    },
    files: async () => {
      while ((await next()) !== null);
      return assembled.files();
    },
  };
}

/** The last of each kind, but `loaded`: a list that is too long for one line comes in several, which add up. */
function keep(told: Told, event: AgentEvent): void {
  if (event.event === "loaded" && told.loaded !== null) {
    told.loaded = { ...event, profiles: [...told.loaded.profiles, ...event.profiles] };
  } else if (event.event in told) {
    Object.assign(told, { [event.event]: event });
  }
}
