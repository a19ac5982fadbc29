/** `sidescan gc`: what a killed caller left is removed once it has expired, and nothing else ever. */
import { describe, expect, it } from "vitest";
import { contents, core, leftovers, makeNamespace, sidescan, start, unavailable, until } from "./harness.ts";
import { expire, folder, scanOf } from "./scans.ts";

describe.skipIf(unavailable !== null)("sidescan gc", () => {
  it("leaves a run alone that may be going on, and removes it when it has expired", async () => {
    await using namespace = await makeNamespace("gc");
    using into = folder();
    const foreign = { metadata: { name: "sidescan-looks-alike", labels: { app: "sidescan" } }, data: {} };
    await core.createNamespacedConfigMap({ namespace: namespace.name, body: foreign });
    const before = await contents(namespace.name);
    const gc = (...more: string[]) => sidescan(["gc", "--namespace", namespace.name, ...more]);
    expect((await gc()).stdout).toContain("There is nothing to remove.");

    const running = start(scanOf("distroless", namespace.name, into));
    await until("its objects", async () => (await leftovers(namespace.name)).length >= 3);
    running.kill("SIGKILL");
    await running.ended;
    const left = await leftovers(namespace.name);
    expect(left.length).toBeGreaterThanOrEqual(3);
    expect((await gc("--older-than", "0s")).code).toBe(0);
    expect(await leftovers(namespace.name)).toEqual(left);

    await expire(namespace.name);
    const dry = await gc("--dry-run", "--json");
    const { wouldRemove } = JSON.parse(dry.stdout) as { wouldRemove: { name: string }[] };
    expect(wouldRemove.length).toBe(left.length);
    expect(await leftovers(namespace.name)).toEqual(left);

    const { code, stdout } = await gc();
    expect(code).toBe(0);
    expect(stdout.match(/^removed /gmu)?.length).toBe(left.length);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("looks into every namespace when asked to, and into that of the context else", async () => {
    await using namespace = await makeNamespace("gc");
    using into = folder();
    const running = start(scanOf("distroless", namespace.name, into));
    await until("its objects", async () => (await leftovers(namespace.name)).length >= 3);
    running.kill("SIGKILL");
    await running.ended;
    await expire(namespace.name);
    expect((await sidescan(["gc", "--dry-run"])).stdout).not.toContain(namespace.name);
    // Others' runs are theirs: only said, not done.
    const { stdout } = await sidescan(["gc", "--all-namespaces", "--dry-run"]);
    expect(stdout).toContain(`would remove Pod ${namespace.name}/`);
  });

  it("refuses a duration that is none", async () => {
    const { code, stderr } = await sidescan(["gc", "--older-than", "soon"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/duration such as 90s/u);
  });
});
