/** Two scans at once in one namespace: each finds its own target, gets its own result and removes what is its own. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { contents, leftovers, makeNamespace, start, unavailable, type Namespace } from "./harness.ts";
import { folder, scanOf, statusesOn } from "./scans.ts";

let space: Namespace;

describe.skipIf(unavailable !== null)("two scans at once in one namespace", () => {
  beforeAll(async () => void (space = await makeNamespace("two")));
  afterAll(() => space[Symbol.asyncDispose]());
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  test("both end with their own results, and the first to end leaves the other alone", async () => {
    using short = folder();
    using long = folder();
    const lasting = start(scanOf("debian", space.name, long, "--input", "naps=60"));
    const brief = start(
      scanOf("distroless", space.name, short, "--input", "fails=true", "--input", "naps=2"),
    );
    await Promise.all([lasting.said(/^✓ Starting/u), brief.said(/^✓ Starting/u)]);
    const first = await brief.ended;
    expect(first.code, first.stderr).toBe(0);
    // What is left is one run's.
    const left = await leftovers(space.name);
    expect(left.filter((name) => name.startsWith("pod/"))).toHaveLength(1);
    const second = await lasting.ended;
    expect(second.code, second.stderr).toBe(0);
    expect(Object.keys(statusesOn(short.result))).toEqual(["root", "fails", "nap-1", "nap-2"]);
    expect(Object.keys(statusesOn(long.result))).toHaveLength(61);
    expect(statusesOn(long.result)).not.toHaveProperty("fails");
  });

  test("two that want the same pod's name: one scans, the other is told, and removes nothing of it", async () => {
    using one = folder();
    using other = folder();
    const named = ["--pod-name", "wanted", "--input", "naps=60"];
    const first = start(scanOf("distroless", space.name, one, ...named));
    await first.said(/^✓ Starting/u);
    const refused = await start(scanOf("distroless", space.name, other, ...named)).ended;
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.stderr).toContain("the name wanted is taken");
    const ran = await first.ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(Object.keys(statusesOn(one.result))).toHaveLength(61);
  });
});
