/** The JSON report tells how a result came about, whole or with a file beside it, and `report` shows it again. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { originOf } from "../../../src/reports/restore.ts";
import type { ReportInput } from "../../../src/reports/input.ts";
import { renderReport } from "../../../src/reports/report.ts";
import { writeReports } from "../../../src/scan/deliver.ts";
import { reportInput } from "../../../src/reports/from-results.ts";
import type { Evidence } from "../../../src/results/evidence.ts";
import { control, results } from "../../fixtures/hdf.ts";
import { sampleInput } from "../../fixtures/report-input.ts";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "sidescan-restore-"));
afterAll(() => rmSync(folder, { recursive: true }));

const facts = {
  image: "app:1",
  imageID: "app@sha256:12",
  pod: "web-0",
  namespace: "shop",
  container: "app",
  node: "n1",
};

/** A scan of one control that asked so many questions, one of which was denied. */
function scanned(questions: number): ReportInput {
  const text = results(control("c1", "passed"));
  const asked = Array.from({ length: questions }, (_, at) => ({
    ask: `file /srv/${"x".repeat(100)}/${at}`,
    how: "native" as const,
    ms: 1,
    denied: at === 0 ? "permission denied" : null,
  }));
  const answers = { native: questions, target: 0, supplied: 0, none: 0 };
  const evidence: Evidence = {
    version: 1,
    controls: [{ control: "c1", profile: "a", answers, ms: questions, asked, omitted: 0 }],
  };
  const { run, threshold } = sampleInput(1);
  return { ...reportInput(text, null), evidence, threshold, run: { ...run!, facts } };
}

test("what a scan found out is in the JSON report, and read back whole", () => {
  const input = scanned(3);
  const text = renderReport("json", input);
  const { passthrough } = JSON.parse(text) as { passthrough: { sidescan: Record<string, unknown> } };
  expect(passthrough.sidescan).toMatchObject({
    run: { facts, tools: { sidescan: "0.1.0" }, commandLine: input.run!.commandLine },
    evidence: {
      summary: "1 control: 1 rests on a look that was denied",
      answers: { native: 3, target: 0, supplied: 0, none: 0 },
      denied: [{ control: "c1", reason: "permission denied" }],
    },
  });
  const again = reportInput(text, null);
  expect(again.run).toEqual(input.run);
  expect(again.evidence).toEqual(input.evidence);
  expect(again.threshold).toMatchObject({
    verdict: "fail",
    violations: [{ rule: "compliance.min" }, {}, {}],
  });
});

test("large evidence goes into a file beside it, by which `report` finds it, unless it was changed", async () => {
  const file = join(folder, "out.json");
  const { files } = await writeReports(scanned(20_000), [{ name: "json", file }], {});
  expect(files).toEqual({ json: file, evidence: join(folder, "out.evidence.json") });
  expect(readFileSync(file, "utf8").length).toBeLessThan(20_000);
  expect(originOf(reportInput(readFileSync(file, "utf8"), null).summary.passthrough)).toMatchObject({
    evidence: null,
    sidecar: { file: "out.evidence.json" },
  });

  const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
  const report = () =>
    spawnSync(process.execPath, [main, "report", file, "--reporter", "cli"], { encoding: "utf8" });
  expect(report().stdout).toContain("1 control: 1 rests on a look that was denied:");
  writeFileSync(
    files["evidence"]!,
    readFileSync(files["evidence"]!, "utf8").replace("permission denied", "fine"),
  );
  const changed = report();
  expect(changed.stderr).toContain("it was changed since the scan");
  expect(changed.stdout).not.toContain("Evidence");
  expect(changed.status).toBe(0);
});

test("small evidence makes no file", async () => {
  const own = mkdtempSync(join(folder, "small-"));
  await writeReports(scanned(3), [{ name: "json", file: join(own, "out.json") }], {});
  expect(readdirSync(own)).toEqual(["out.json"]);
});

test("a result from elsewhere leads to no other file, and nonsense in it is left out", () => {
  for (const file of ["../secret", "/etc/passwd", "a/b", 7]) {
    expect(originOf({ sidescan: { evidence: { file, sha256: "0" } } }).sidecar).toBeNull();
  }
  const nonsense = { sidescan: { run: { target: 1 }, evidence: [], threshold: { verdict: "yes" } } };
  expect(originOf(nonsense)).toEqual({ run: null, evidence: null, threshold: null, sidecar: null });
  expect(originOf({ sidescan: "x" })).toEqual(originOf(null));
});

test("a result from elsewhere stays byte for byte what it was", () => {
  const text = ` ${results(control("c1", "passed"))}\n\n`;
  expect(renderReport("json", reportInput(text, null))).toBe(text);
});
