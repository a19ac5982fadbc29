import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  lastWords,
  minitestFailures,
  minitestSkips,
  retell,
  vitestFailures,
} from "../../../scripts/ci/failures.ts";

function report(testResults: object[]): string {
  const path = join(mkdtempSync(join(tmpdir(), "sidescan-failures-")), "report.json");
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

test("why minitest skipped is told once for each reason", () => {
  const block = (number: number, name: string, reason: string): string =>
    `  ${number}) Skipped:\nA#test_${name} [a_test.rb:${number}]:\n${reason}\n\n`;
  const output = block(1, "a", "needs rpm") + block(2, "b", "needs root") + block(3, "c", "needs rpm");
  expect(minitestSkips(`Finished.\n\n${output}3 runs, 0 assertions, 0 failures`)).toEqual([
    "needs rpm",
    "needs root",
  ]);
  expect(minitestSkips("1 runs, 1 assertions, 0 failures, 0 errors, 0 skips")).toEqual([]);
});

describe("failures of vitest", () => {
  test("are named with their file and what they say, without colours and stack frames", () => {
    const path = report([
      {
        name: join(process.cwd(), "test/a.test.ts"),
        status: "failed",
        assertionResults: [
          { status: "passed", fullName: "fine" },
          {
            status: "failed",
            fullName: "a group does it",
            failureMessages: [
              "\u001B[31mAssertionError: expected 1 to be 2\u001B[39m\n\n    at somewhere.ts:3:5",
            ],
          },
        ],
      },
    ]);
    expect(vitestFailures(path)).toEqual([
      { name: "test/a.test.ts: a group does it", message: ["AssertionError: expected 1 to be 2"] },
    ]);
  });

  test("include files that did not load", () => {
    const path = report([
      { name: "/b.test.ts", status: "failed", message: "no such module", assertionResults: [] },
    ]);
    expect(vitestFailures(path)).toEqual([
      { name: "/b.test.ts: could not be loaded", message: ["no such module"] },
    ]);
    expect(vitestFailures("/nowhere/report.json")).toEqual([]);
  });
});

test("failures of minitest are found among everything else it prints", () => {
  const output = `== minitest agent
......F.E
Finished in 1 s.

  1) Failure:
AgentTest#test_one [test/agent_test.rb:7]:
Expected: 1
  Actual: 2

  2) Error:
AgentTest#test_two:
RuntimeError: broken
    test/agent_test.rb:12:in \`test_two'

9 runs, 9 assertions, 1 failures, 1 errors, 0 skips
`;
  expect(minitestFailures(output)).toEqual([
    { name: "AgentTest#test_one [test/agent_test.rb:7]", message: ["Expected: 1", "  Actual: 2"] },
    {
      name: "AgentTest#test_two",
      message: ["RuntimeError: broken", "    test/agent_test.rb:12:in `test_two'"],
    },
  ]);
});

test("a gate is told by the end of its output", () => {
  expect(lastWords("lint", "1\n2\n\n3\n", 2)).toEqual({ name: "lint", message: ["2", "3"] });
});

const failures = (count: number, lines: number): { name: string; message: string[] }[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `test ${index}`,
    message: Array.from({ length: lines }, (__, line) => `line ${line}`),
  }));

describe("telling failures again", () => {
  test("leaves each the same share of the lines", () => {
    const told = retell(failures(3, 100), 60);
    expect(told).toHaveLength(60);
    expect(told.filter((line) => line.startsWith("x "))).toEqual(["x test 0", "x test 1", "x test 2"]);
  });

  test("says how many more there are when even the names do not fit", () => {
    const told = retell(failures(100, 1), 60);
    expect(told).toHaveLength(60);
    expect(told.at(-1)).toBe("x and 41 more");
  });

  test("cuts long lines, and says nothing when nothing failed", () => {
    expect(retell([{ name: "n".repeat(1000), message: [] }], 60, 300)[0]).toHaveLength(300);
    expect(retell([])).toEqual([]);
  });
});
