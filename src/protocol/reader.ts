/**
 * Lines to checked events. A run whose lines are cut, repeated, garbled or another run's is no run: the reader throws, it never
 * guesses, so that nothing passes because something was not heard.
 */
import { cannotScan, capital, exitCodes, sentence, SidescanError } from "../errors.ts";
import { agentEvent, PROTOCOL_VERSION, type AgentEvent, type AgentEventOf } from "./events.ts";
import { LONGEST_LINE } from "./lines.ts";

/** How the agent's process ended: exit code or signal, and the last lines of its stderr. */
export type AgentEnd = { code: number | null; signal: string | null; stderr: string[] };

/**
 * The events of one run, each checked against the protocol and for its place in the sequence.
 * @param ended completes the story when the lines stop before their last event
 * @throws SidescanError (exit 3) at the first line that is not the next event of this run, and when the last event is missing
 */
export async function* readEvents(
  lines: AsyncIterable<string>,
  run: string,
  ended?: Promise<AgentEnd>,
): AsyncGenerator<AgentEvent> {
  let expected = 0;
  let last: AgentEvent | null = null;
  for await (const line of lines) {
    const event = parseLine(line, expected);
    if (event.seq !== expected) throw outOfOrder(event.seq, expected);
    if (last !== null && isLast(last))
      throw garbled(`an event "${event.event}" came after "${last.event}", which is the last of a run`);
    if ((expected === 0) !== (event.event === "hello"))
      throw garbled(`"hello" must be the first event and only that; event ${expected} is "${event.event}"`);
    if (event.event === "hello" && event.run !== run)
      throw garbled(`it answers for run ${show(event.run)}, not ${run}`);
    yield event;
    last = event;
    expected += 1;
  }
  if (last === null || !isLast(last)) throw await cutShort(last, expected, ended);
}

/** @throws SidescanError (exit 3) for what is no event; `number` is the line's, for the message */
export function parseLine(line: string, number: number): AgentEvent {
  if (line.length > LONGEST_LINE)
    throw garbled(`line ${number} is longer than ${LONGEST_LINE} characters`, line);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw garbled(`line ${number} is not JSON`, line);
  }
  const version = versionOf(value);
  if (version !== null && version !== PROTOCOL_VERSION)
    throw cannotScan(`The agent speaks protocol ${version}; this sidescan understands ${PROTOCOL_VERSION}.`, {
      hint: "Use the scanner of the same sidescan version",
    });
  const parsed = agentEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw garbled(
    `line ${number} is no event of the protocol: ${issue?.path.join(".") || "event"}: ${issue?.message ?? ""}`,
    line,
  );
}

/** What an `error` event means for the user. */
export function agentFailure(event: AgentEventOf<"error">): SidescanError {
  return new SidescanError(sentence(event.message), {
    exitCode: event.code === "usage" ? exitCodes.usage : exitCodes.cannotScan,
    details: event.details,
    ...(event.hint === null ? {} : { hint: capital(event.hint) }),
  });
}

const isLast = (event: AgentEvent): boolean => event.event === "end" || event.event === "error";

function versionOf(value: unknown): number | null {
  if (typeof value !== "object" || value === null || !("v" in value)) return null;
  return typeof value.v === "number" ? value.v : null;
}

const garbled = (what: string, line?: string): SidescanError =>
  cannotScan(`The agent's output cannot be understood: ${what}.`, {
    details: line === undefined ? [] : [show(line)],
  });

const outOfOrder = (got: number, expected: number): SidescanError =>
  got > expected
    ? cannotScan(`The agent's output has a gap: line ${expected} is missing, ${got} came instead.`, {
        hint: "A log was rotated or cut while the agent wrote. Scan again.",
      })
    : garbled(`line ${got} came again where ${expected} was expected`);

async function cutShort(
  last: AgentEvent | null,
  heard: number,
  ended: Promise<AgentEnd> | undefined,
): Promise<SidescanError> {
  const end = await ended;
  const where = last === null ? "before it said anything" : `after "${last.event}" (line ${heard - 1})`;
  return cannotScan(`The agent ended ${where}, without a result${end ? howEnded(end) : ""}.`, {
    details: end?.stderr ?? [],
  });
}

function howEnded(end: AgentEnd): string {
  if (end.signal !== null) return `: it was killed by ${end.signal}`;
  return end.code === null ? "" : `: exit code ${end.code}`;
}

/** Printable, and short enough for a terminal. */
function show(text: string): string {
  const shown = JSON.stringify(text.slice(0, 120));
  return text.length > 120 ? `${shown}...` : shown;
}
