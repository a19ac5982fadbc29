import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

// A shell that has run `node` once remembers where it was, so that set-up's own Node, which came meanwhile, would not be found.
test("every script in TypeScript names the Node that the project brings", () => {
  const typed = Object.values(scripts).flatMap((line) => line.match(/\S+ \S+\.ts\b/gu) ?? []);
  expect(typed.length).toBeGreaterThan(0);
  expect(typed.filter((call) => !call.startsWith("node_modules/.bin/node "))).toEqual([]);
});
