import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../src/results/evidence.ts";
import type { ExecJson } from "../../../src/results/hdf.ts";
import { gate } from "../../../src/results/gate.ts";
import { execJson } from "../../../src/results/hdf.ts";
import { problemsOf } from "../../../src/results/shape.ts";
import { summarize } from "../../../src/results/summarize.ts";
import { control, hdf, profile, result } from "../../fixtures/hdf.ts";

const evidence = (
  ...looks: [control: string, denied: string | null, profile?: string | null][]
): Evidence => ({
  version: 1,
  controls: looks.map(([id, denied, of = "a"]) => ({
    control: id,
    profile: of,
    answers: { native: 0, target: 0, supplied: 0, none: 0 },
    ms: 0,
    asked: [{ ask: "command rpm -qa", how: denied === null ? "target" : "none", ms: 1, denied }],
    omitted: 0,
  })),
});

const statuses = (document: ExecJson) => summarize(document).controls.map(({ status }) => status);
const strict = { requireEvidence: true };

describe("the evidence gate", () => {
  test("leaves a result alone whose looks were all answered", () => {
    const document = hdf(profile("a", [control("c1", "passed"), control("c2", "failed")]));
    const gated = gate(document, evidence(["c1", null], ["c2", null]), strict);
    expect(gated.changes).toEqual([]);
    expect(gated.hdf.profiles).toEqual(document.profiles);
  });

  test("turns a failure into an error when the auditor could not look", () => {
    const failed = control("c1", null, {
      results: [
        result("passed"),
        result("failed", {
          exception: "TrainProcroot::CouldNotLook",
          message: "could not look: /etc/shadow: EACCES",
        }),
      ],
    });
    const document = hdf(profile("a", [failed]));
    const gated = gate(document, null, strict);
    expect(statuses(gated.hdf)).toEqual(["error"]);
    expect(gated.changes).toEqual([
      {
        control: "c1",
        profile: "a",
        from: "failed",
        to: "error",
        reason: "could not look: /etc/shadow: EACCES",
      },
    ]);
    expect(statuses(document)).toEqual(["failed"]);
  });

  test("a target that writes the words into a file does not turn its failure into an error", () => {
    const failed = control("c1", null, {
      results: [result("failed", { message: 'expected: "x"\n got: could not look: haha' })],
    });
    const document = hdf(profile("a", [failed]));
    expect(statuses(gate(document, evidence(["c1", null]), strict).hdf)).toEqual(["failed"]);
    expect(statuses(gate(document, evidence(["c1", "EACCES"]), strict).hdf)).toEqual(["error"]);
  });

  test.each(["passed", "not applicable"])(
    "a control that is %s errors when it rests on a denied look",
    (kind) => {
      const document = hdf(profile("a", [control("c1", "passed", { impact: kind === "passed" ? 0.5 : 0 })]));
      const looks = evidence(["c1", "could not look: rpm is not there"]);
      const gated = gate(document, looks, strict);
      expect(statuses(gated.hdf)).toEqual(["error"]);
      expect(gated.changes[0]).toMatchObject({ to: "error", reason: "could not look: rpm is not there" });
      expect(gated.hdf.profiles[0]?.controls[0]?.results.at(-1)).toMatchObject({
        status: "error",
        code_desc: "Evidence: command rpm -qa",
      });
      expect(statuses(gate(document, looks, { requireEvidence: false }).hdf)).toEqual(statuses(document));
    },
  );

  test("evidence without a known profile counts for the id; evidence of another profile does not", () => {
    const document = hdf(profile("a", [control("c1", "passed")]), profile("b", []));
    expect(statuses(gate(document, evidence(["c1", "EIO", null]), strict).hdf)).toEqual(["error"]);
    expect(statuses(gate(document, evidence(["c1", "EIO", "unknown"]), strict).hdf)).toEqual(["error"]);
    expect(statuses(gate(document, evidence(["c1", "EIO", "b"]), strict).hdf)).toEqual(["passed"]);
  });

  test.each(["over", "base"])("an overlaid control rests on looks that are booked under %s", (name) => {
    const over = profile("over", [control("x1", null)]);
    const base = profile("base", [control("x1", "passed")], { parent_profile: "over" });
    expect(statuses(gate(hdf(over, base), evidence(["x1", "EIO", name]), strict).hdf)).toEqual(["error"]);
  });

  test("waived, skipped and failed controls stay what they are", () => {
    const controls = [
      control("w", "skipped", { waiver_data: { skipped_due_to_waiver: true } }),
      control("s", "skipped"),
      control("f", "failed"),
    ];
    const document = hdf(profile("a", controls));
    const gated = gate(document, evidence(["w", "EIO"], ["s", "EIO"], ["f", "EIO"]), strict);
    expect(statuses(gated.hdf)).toEqual(["no_impact", "skipped", "failed"]);
  });

  test("what it changed is in the document, beside what was there, and the document is still ExecJSON", () => {
    const document = {
      ...hdf(profile("a", [control("c1", "passed")])),
      passthrough: { mine: 1, sidescan: { before: 2 } },
    };
    const gated = gate(document, evidence(["c1", "EIO"]), { ...strict, sidescan: { target: "dir:x" } });
    expect(gated.hdf.passthrough).toMatchObject({
      mine: 1,
      sidescan: { before: 2, target: "dir:x", gate: { requireEvidence: true, changes: [{ control: "c1" }] } },
    });
    expect(problemsOf(JSON.parse(JSON.stringify(gated.hdf)), execJson)).toEqual([]);
  });
});
