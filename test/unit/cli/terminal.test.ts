import { expect, test } from "vitest";
import { legible, wantsColour } from "../../../src/cli/terminal.ts";

const terminal = { isTTY: true };

test("marks and bars are plain letters on a terminal that does not speak UTF-8, and only there", () => {
  const text = "✓ Auditing ██░░ 2/4 – ⠋ é\n";
  expect(legible(text, terminal, { LC_ALL: "C" })).toBe("+ Auditing ##-- 2/4 - * ?\n");
  expect(legible(text, terminal, { LANG: "de_DE.ISO-8859-1" })).toBe("+ Auditing ##-- 2/4 - * ?\n");
  expect(legible(text, terminal, { LC_ALL: "C.UTF-8", LANG: "C" })).toBe(text);
  expect(legible(text, terminal, {})).toBe(text);
  expect(legible(text, { isTTY: false }, { LC_ALL: "C" })).toBe(text);
});

const on = (isTTY: boolean, environment: NodeJS.ProcessEnv): boolean =>
  wantsColour({ isTTY } as NodeJS.WriteStream, environment);

test("colours are for terminals, unless the environment says otherwise", () => {
  expect(on(true, {})).toBe(true);
  expect(on(false, {})).toBe(false);
  expect(on(true, { TERM: "dumb" })).toBe(false);
  expect(on(false, { FORCE_COLOR: "1" })).toBe(true);
  expect(on(true, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
});
