/** Evidence: for every control what was asked of the target, how it was answered, and what could not be looked at. */
import { z } from "zod";

const asked = z.object({
  /** Such as `file /etc/passwd content`, `command grep -r x /etc`, `package openssl`. */
  ask: z.string(),
  /** native: from the data itself; target: the target's own program; supplied: a tool brought along; none: not answered. */
  how: z.enum(["native", "target", "supplied", "none"]),
  ms: z.number(),
  /** Why it could not be looked at; null when it could. */
  denied: z.string().nullable(),
});

export const evidence = z.object({
  version: z.literal(1),
  controls: z.array(
    z.object({
      /** null: asked while loading a profile, outside any control */
      control: z.string().nullable(),
      profile: z.string().nullable(),
      answers: z.object({ native: z.int(), target: z.int(), supplied: z.int(), none: z.int() }),
      ms: z.number(),
      /** The first of them, at most 200; every denied one is among them. */
      asked: z.array(asked),
      omitted: z.int(),
    }),
  ),
});

export type Evidence = z.infer<typeof evidence>;
