/** A result of 20 MB, whole by the log and by exec, and by exec where the log lost something. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { contents, makeNamespace, sidescan, unavailable, type Namespace } from "./harness.ts";
import { apiProxy, isLog, type Request } from "./api-proxy.ts";
import { controlsOn, folder, scanOf, type Folder } from "./scans.ts";

let space: Namespace;
const texts = 210;
const asked = ["--input", `texts=${texts}`];

/** The profile makes the same texts in every run: what arrived is compared by their digests. */
const digests = (at: Folder): string[] =>
  controlsOn(at.result).map(
    ({ id, desc }) =>
      `${id} ${createHash("sha256")
        .update(desc ?? "")
        .digest("hex")}`,
  );

function expectLarge(at: Folder): string[] {
  expect(statSync(at.result).size).toBeGreaterThan(20e6);
  const found = digests(at);
  expect(found).toHaveLength(texts + 1);
  expect(new Set(found.map((line) => line.split(" ")[1])).size).toBe(texts + 1);
  return found;
}

/** A log that was rotated under the reader: after the cut it goes on later than where it was. */
const rotated = () => {
  let connections = 0;
  const seen = new WeakSet<Request>();
  return (request: Request, text: string): "pass" | "cut" => {
    if (!isLog(request)) return "pass";
    if (!seen.has(request)) {
      seen.add(request);
      connections += 1;
    }
    return connections === 1 && /"event":"chunk","file":"[^"]*","n":5,/u.test(text) ? "cut" : "pass";
  };
};
const sinceLater = (request: Request): void => {
  // The kubelet's own way to leave lines out.
  if (isLog(request) && request.query.has("sinceTime")) request.query.set("tailLines", "3");
};

describe.skipIf(unavailable !== null)("a result of 20 MB", () => {
  let byLog: string[];
  beforeAll(async () => void (space = await makeNamespace("large")));
  afterAll(() => space[Symbol.asyncDispose]());
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  test("comes whole by the log", async () => {
    using at = folder();
    const ran = await sidescan(scanOf("distroless", space.name, at, ...asked, "--retrieve", "logs"));
    expect(ran.code, ran.stderr).toBe(0);
    byLog = expectLarge(at);
  });

  test("comes whole by exec", async () => {
    using at = folder();
    await using proxy = await apiProxy();
    const words = scanOf("distroless", space.name, at, ...asked, "--retrieve", "exec");
    const ran = await sidescan([...words, "--kubeconfig", proxy.kubeconfig]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(expectLarge(at)).toEqual(byLog);
    expect(proxy.requests.filter(({ path }) => path.endsWith("/exec")).length).toBeGreaterThan(0);
  });

  test("of which the log lost a part is read by exec, and the notice says so", async () => {
    using at = folder();
    await using proxy = await apiProxy({ after: rotated(), change: sinceLater });
    const words = scanOf("distroless", space.name, at, ...asked, "--retrieve", "auto");
    const ran = await sidescan([...words, "--kubeconfig", proxy.kubeconfig]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/lost on its way .* it is read from the results volume instead/u);
    expect(expectLarge(at)).toEqual(byLog);
  });

  test("of which the log lost a part, where exec is not to be used, is an error that says so", async () => {
    using at = folder();
    await using proxy = await apiProxy({ after: rotated(), change: sinceLater });
    const words = scanOf("distroless", space.name, at, ...asked, "--retrieve", "logs");
    const ran = await sidescan([...words, "--kubeconfig", proxy.kubeconfig]);
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toContain("--retrieve auto");
  });
});
