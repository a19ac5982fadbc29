/** `sidescan check`, `report` and `diff` as a user runs them: exit codes, what is printed where, and never a pass on nonsense. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { reportNames } from "../../../src/reports/report.ts";
import { control, hdf, profile, results } from "../../fixtures/hdf.ts";

vi.setConfig({ testTimeout: 120_000 });

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sidescan-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;
function file(content: string | Buffer): string {
  const path = join(folder, `file${written++}`);
  writeFileSync(path, content);
  return path;
}

function sidescan(...args: string[]): { code: number | null; out: string; err: string } {
  const ran = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", timeout: 60_000 });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const good = results(control("c1", "passed"), control("c2", "failed", { impact: 0.7 }));
const met = "failed: {total: {max: 1}}\nerror: {total: 0}\n";

test("passed is 0, failed is 1, and --json says why with the controls and their first failing result", () => {
  const there = file(good);
  expect(sidescan("check", there, "-t", file(met)).code).toBe(0);
  const { code, out } = sidescan("check", there, "-t", file("failed: {high: {max: 0}}"), "--json");
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    exitCode: 1,
    verdict: "fail",
    compliance: { rounded: 50, exact: 50 },
    violations: [
      {
        rule: "failed.high.max",
        limit: 0,
        counted: 1,
        difference: 1,
        controls: ["c2"],
        causes: [{ id: "c2", title: "Title of c2", severity: "high", result: { codeDesc: "it failed" } }],
      },
    ],
  });
});

const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
  .split("")
  .map((name, at) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[at]}`).join(",")}]`)
  .join("\n")}\nfailed: {total: {max: *h}}\n`;
const nested = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;

test.each<[string, string | Buffer, string | Buffer, number]>([
  ["an alias bomb", good, bomb, 2],
  ["a threshold in UTF-16", good, Buffer.from(`\uFEFF${met}`, "utf16le"), 2],
  ["a NaN as limit", good, "compliance: {min: .nan}", 2],
  ["a misspelt key", good, "falied: {total: 0}", 2],
  ["an empty threshold", good, "", 2],
  ["a threshold nested without end", good, "[".repeat(50_000), 2],
  ["two documents", good, `${met}---\n${met}`, 2],
  ["a key twice", good, "failed: {total: 1}\nfailed: {total: 9}", 2],
  ["results in UTF-16", Buffer.from(good, "utf16le"), met, 3],
  ["results with a byte order mark", `\uFEFF${good}`, met, 3],
  ["results that were cut", good.slice(0, -9), met, 3],
  ["results nested without end", nested, met, 3],
  ["a status twice", good.replace('"status":"failed"', '"status":"failed","status":"passed"'), met, 3],
  ["a NaN in the results", good.replace('"impact":0.7', '"impact":NaN'), met, 3],
  ["an impact beyond all numbers", good.replace('"impact":0.7', '"impact":1e999'), met, 3],
  ["no control", JSON.stringify(hdf(profile("a", []))), met, 3],
  [
    "a profile that did not load",
    JSON.stringify(hdf(profile("a", [control("c", "passed")], { status: "failed" }))),
    met,
    3,
  ],
  ["bytes of a program", readFileSync(process.execPath).subarray(0, 4_096), met, 3],
])("%s is an error, with its reason on stderr and nothing on stdout", (_, made, threshold, code) => {
  const [there, limits] = [file(made), file(threshold)];
  const strict = sidescan("check", there, "-t", limits);
  expect([strict.code, strict.out]).toEqual([code, ""]);
  expect(strict.err).toMatch(/^sidescan: .{20}/u);
});

test("a suggested threshold is passed by the results it was made from", () => {
  const there = file(good);
  const { code, out } = sidescan("check", there, "--suggest");
  expect(code).toBe(0);
  expect(sidescan("check", there, "-t", file(out)).code).toBe(0);
});

test("report makes every format from a result of another tool", () => {
  const odd = file(good.replace('"impact":0.7', '"impact":"0.7"'));
  const out = join(folder, "out");
  const { code, err } = sidescan(
    "report",
    odd,
    ...reportNames.flatMap((name) => ["--reporter", `${name}:${out}.${name}`]),
  );
  expect(err).toContain("is not quite HDF; it was repaired");
  expect(code).toBe(0);
  for (const name of reportNames) expect(readFileSync(`${out}.${name}`, "utf8")).toContain("c2");
  // What it wrote needs no repair any more.
  expect(sidescan("check", `${out}.json`, "-t", file(met)).code).toBe(0);
  expect(sidescan("check", odd, "-t", file(met)).code).toBe(3);
});

test("diff tells what changed, worst first", () => {
  const { code, out } = sidescan(
    "diff",
    file(good),
    file(results(control("c1", "error"), control("c3", "passed"))),
  );
  expect(out.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "worse",
    "gone",
    "new",
    "Compliance",
    "",
  ]);
  expect(code).toBe(0);
});
