/** Listens to the agent of one run, phase by phase, and keeps what it told. */
import type { Deployment } from "../engines/engine.ts";
import { cannotScan } from "../errors.ts";
import { assembler, unpacker } from "../protocol/assemble.ts";
import { PROTOCOL_VERSION, type AgentEvent, type AgentEventOf } from "../protocol/events.ts";
import { LinesLost } from "../protocol/lines.ts";
import { agentFailure, readEvents } from "../protocol/reader.ts";

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
  let assembled = assembler();
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
    await assembled.add(value);
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
      const { retrieve, readStored } = deployment;
      try {
        if (retrieve !== "exec" || readStored === undefined) {
          while ((await next()) !== null);
          return assembled.files();
        }
      } catch (error) {
        if (!(error instanceof LinesLost) || readStored === undefined) throw error;
        const message = `Part of the result was lost on its way (${error.message}); it is read from the results volume instead.`;
        heard({ v: PROTOCOL_VERSION, seq: 0, event: "notice", level: "warning", message });
      }
      // What came in pieces is not needed any more.
      assembled = assembler();
      return storedFiles(told.stored, readStored);
    },
  };
}

/** The files as they lie on the results volume, checked as those that come in pieces. */
async function storedFiles(
  stored: AgentEventOf<"stored"> | null,
  readStored: NonNullable<Deployment["readStored"]>,
): Promise<Map<FileName, Uint8Array>> {
  const files = new Map<FileName, Uint8Array>();
  for (const { name, ...promised } of stored?.files ?? []) {
    const { add, end } = unpacker(name, promised);
    await readStored(stored?.directory ?? "", name, add);
    files.set(name, await end());
  }
  return files;
}

/** The last of each kind, but `loaded`: a list that is too long for one line comes in several, which add up. */
function keep(told: Told, event: AgentEvent): void {
  if (event.event === "loaded" && told.loaded !== null) {
    told.loaded = { ...event, profiles: [...told.loaded.profiles, ...event.profiles] };
  } else if (event.event in told) {
    Object.assign(told, { [event.event]: event });
  }
}
