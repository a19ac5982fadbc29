/** What scanner/agent/lib/sidescan/pod.rb says on descriptor 3, one JSON object per line. */
import { z } from "zod";
import { cannotScan } from "../../errors.ts";

const end = { code: z.int().nullable(), signal: z.string().nullable() };

const podMessage = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready"), pid: z.int(), start: z.string() }),
  z.object({ event: z.literal("notice"), level: z.enum(["info", "warning"]), message: z.string() }),
  z.object({ event: z.literal("failed"), message: z.string(), hint: z.string().nullable() }),
  z.object({ event: z.literal("target-ended"), ...end, output: z.array(z.string()) }),
  z.object({ event: z.literal("agent-ended"), ...end }),
]);

export type PodMessage = z.infer<typeof podMessage>;

/** @throws SidescanError (exit 3) when it is none */
export function parsePodMessage(line: string): PodMessage {
  try {
    return podMessage.parse(JSON.parse(line));
  } catch (error) {
    throw cannotScan(`The local pod said what cannot be understood: ${line.slice(0, 200)}`, { cause: error });
  }
}
