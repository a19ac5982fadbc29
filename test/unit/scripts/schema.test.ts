import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { schemas } from "../../../scripts/schema.ts";

test.each(await schemas())(
  "$file.pathname is current: `npm run schema` would not change it",
  async ({ file, text }) => {
    expect(await readFile(file, "utf8")).toBe(text);
  },
);
