/** Files that a command reads whole. */
import { readFileSync } from "node:fs";
import { cannotScan, messageOf, usageError } from "../errors.ts";

/**
 * The text of `path`, or of standard input for `-`.
 * @throws SidescanError: exit code 3 for results that cannot be read (there is no verdict then), 2 for anything else
 */
export async function readInput(path: string, what: "results" | "threshold file"): Promise<string> {
  try {
    if (path === "-") {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    }
    // There is nothing else to do meanwhile, and starting threads to read takes longer than reading.
    return readFileSync(path, "utf8");
  } catch (error) {
    const message = `Cannot read the ${what} ${path}: ${messageOf(error)}`;
    throw what === "results" ? cannotScan(message) : usageError(message);
  }
}
