/** Containers of every shape, scanned in throw-away pods: the whole story, and a namespace that looks as before. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { contents, makeNamespace, sidescan, unavailable, type Namespace } from "./harness.ts";
import { folder, scanOf, statusesOn } from "./scans.ts";

let space: Namespace;

describe.skipIf(unavailable !== null)("a scan of an image", () => {
  beforeAll(async () => void (space = await makeNamespace("shapes")));
  afterAll(() => space[Symbol.asyncDispose]());
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  const shapes: [shape: string, image: string, options: string[], command: "passed" | "failed"][] = [
    ["standard Debian", "debian", [], "passed"],
    ["standard Debian, as the user that it has", "debian", ["--user", "0:0"], "passed"],
    ["standard Debian, traced", "debian", ["--access", "ptrace", "--allow-ptrace"], "passed"],
    ["not root", "nonroot", [], "passed"],
    ["not root, as the user that it has", "nonroot", ["--user", "65532:65532"], "passed"],
    ["distroless", "distroless", [], "passed"],
    ["distroless, as the user that it has", "distroless", ["--user", "65532"], "passed"],
    ["scratch with one static program", "scratch", [], "passed"],
    ["main process that forks", "forks", [], "passed"],
    ["nothing to run, held", "hold-only", ["--hold"], "passed"],
    ["ends at once, held", "ends-at-once", ["--hold"], "passed"],
  ];

  test.each(shapes)(
    "%s (%s %j): six phases, a result on disk, exit code 0",
    async (_, image, options, command) => {
      using at = folder();
      const ran = await sidescan(
        scanOf(image, space.name, at, "--json", "--input", "command=true", ...options),
      );
      expect(ran.code, ran.stderr).toBe(0);
      for (const phase of ["Starting", "Looking for", "Auditing", "Retrieving", "Cleaning up"])
        expect(ran.stderr).toMatch(new RegExp(`^✓ ${phase}`, "mu"));
      const outcome = JSON.parse(ran.stdout) as { durations: Record<string, number>; remains: unknown[] };
      expect(Object.entries(outcome.durations).filter(([, seconds]) => !(seconds > 0))).toEqual([]);
      expect(Object.keys(outcome.durations)).toHaveLength(6);
      expect(outcome.remains).toEqual([]);
      expect(statusesOn(at.result)).toEqual({ root: "passed", command });
    },
  );

  test("as the target's own user it has no rights, so no commands, and says so", async () => {
    using at = folder();
    const options = ["--user", "65532", "--access", "restricted", "--input", "command=true"];
    const ran = await sidescan(scanOf("distroless", space.name, at, ...options));
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/Commands that are not answered natively: .*--access baseline/u);
    expect(ran.stderr).toContain("1 of 2 controls could not be judged: command.");
    expect(statusesOn(at.result)).toMatchObject({ root: "passed" });
  });

  test("a threshold that fails is exit code 1, with the result on disk", async () => {
    using at = folder();
    const threshold = join(at.path, "threshold.yml");
    writeFileSync(threshold, "failed:\n  total:\n    max: 0\n");
    const options = ["--threshold", threshold, "--input", "fails=true"];
    const ran = await sidescan(scanOf("distroless", space.name, at, ...options));
    expect(ran.code, ran.stderr).toBe(1);
    expect(statusesOn(at.result)).toEqual({ root: "passed", fails: "failed" });
  });

  test("an image that ends at once is a clear error that names --hold", async () => {
    using at = folder();
    const ran = await sidescan(scanOf("ends-at-once", space.name, at));
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/The target ended before it was audited, with exit code 0/u);
    expect(ran.stderr).toContain("--hold");
  });

  test("an image that crashes is told with its last words", async () => {
    using at = folder();
    const ran = await sidescan(scanOf("crashes", space.name, at));
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/exit code 3/u);
    expect(ran.stderr).toContain("the database is not there");
  });
});
