/**
 * Writes the JSON Schemas of the agent protocol from src/protocol, so that the Ruby side and other readers can check
 * against them, and of the threshold file, for editors. `npm run schema` writes; a unit test proves that what is committed is current.
 */
import { readFile, writeFile } from "node:fs/promises";
import { format } from "prettier";
import { z } from "zod";
import { scanOptions } from "../src/options.ts";
import { agentEvent } from "../src/protocol/events.ts";
import { agentSpec } from "../src/protocol/spec.ts";
import { threshold } from "../src/thresholds/schema.ts";

const title = (schema: z.core.JSONSchema.BaseSchema, name: string) => ({ title: name, ...schema });

const sources = {
  // Readers ignore what a newer agent adds: events are open, the specification is closed.
  "agent-events": title(z.toJSONSchema(agentEvent, { io: "input" }), "sidescan agent event, one per line"),
  // The command line may give what the file leaves out.
  config: title(z.toJSONSchema(scanOptions.partial(), { io: "input" }), "sidescan --config file"),
  "agent-spec": title(z.toJSONSchema(agentSpec, { io: "input" }), "sidescan agent specification"),
  // For editors: `# yaml-language-server: $schema=...` in a threshold file.
  threshold: title(z.toJSONSchema(threshold, { io: "input" }), "sidescan threshold file"),
};

/** Every schema file with the text it must hold. */
export async function schemas(): Promise<{ file: URL; text: string }[]> {
  return Promise.all(
    Object.entries(sources).map(async ([name, schema]) => ({
      file: new URL(`../schema/${name}.schema.json`, import.meta.url),
      text: await format(JSON.stringify(schema), { parser: "json", printWidth: 110 }),
    })),
  );
}

if (import.meta.main) {
  for (const { file, text } of await schemas()) {
    const old = await readFile(file, "utf8").catch(() => "");
    if (old !== text) {
      await writeFile(file, text);
      console.log(`written: ${file.pathname}`);
    }
  }
}
