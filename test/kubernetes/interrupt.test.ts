/** A caller that is stopped, at every moment of a scan: by a signal that it hears, and by one that it does not. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { contents, makeNamespace, sidescan, start, unavailable, until, type Namespace } from "./harness.ts";
import { apiProxy, isFor, isLog, type Request, type Rules } from "./api-proxy.ts";
import { expire, folder, scanOf, statusesOn, type Folder } from "./scans.ts";

/** When to stop it: at a request, at a piece of an answer, or when a file is there. */
type Moment = {
  before?: (request: Request) => boolean;
  after?: (request: Request, text: string) => boolean;
  prepare?: (at: Folder) => { options: string[]; path: string; file: string };
  options?: string[];
};

const naps = ["--input", "naps=40"];
const said =
  (event: string) =>
  (request: Request, text: string): boolean =>
    isLog(request) && text.includes(`"event":"${event}"`);

const moments: Record<string, Moment> = {
  "deploy, before anything is asked for": { before: isFor("GET", "namespaces") },
  "deploy, when the pod has been asked for": { before: isFor("POST", "pods") },
  "deploy, when the pod is made": { after: isFor("POST", "pods") },
  "deploy, when the Secret has been asked for": { before: isFor("POST", "secrets") },
  "identify, before the agent says anything": { before: isLog, options: naps },
  "identify, at the agent's first word": { after: said("hello"), options: naps },
  scan: { after: said("progress"), options: naps },
  retrieve: { after: said("chunk"), options: ["--input", "texts=20"] },
  process: { prepare: slowJudge },
  "cleanup, when the pod's deletion has been asked for": { before: isFor("DELETE", "pods") },
  "cleanup, when the pod's deletion is answered": { after: isFor("DELETE", "pods") },
};

/** A second judge that takes its time, and says that it has begun. */
function slowJudge({ path }: Folder): { options: string[]; path: string; file: string } {
  const [bin, file, threshold] = [join(path, "bin"), join(path, "begun"), join(path, "threshold.yml")];
  mkdirSync(bin);
  writeFileSync(join(bin, "saf"), `#!/bin/sh\n: > '${file}'\nexec sleep 60\n`);
  chmodSync(join(bin, "saf"), 0o755);
  writeFileSync(threshold, "compliance:\n  min: 1\n");
  return {
    options: ["--saf", "--threshold", threshold],
    path: `${bin}${delimiter}${process.env["PATH"]}`,
    file,
  };
}

/** Scans, and sends the signal once when the moment comes. */
async function stoppedAt(moment: Moment, signal: NodeJS.Signals, at: Folder) {
  let send: () => void;
  const rules: Rules = {
    before: (request) => {
      if (moment.before?.(request) === true) send();
      return "pass";
    },
    after: (request, text) => {
      if (moment.after?.(request, text) === true) send();
      return "pass";
    },
  };
  await using proxy = await apiProxy(rules);
  const prepared = moment.prepare?.(at);
  const options = [...(moment.options ?? []), ...(prepared?.options ?? [])];
  const running = start(
    [...scanOf("distroless", space.name, at, ...options), "--kubeconfig", proxy.kubeconfig],
    {
      env: prepared === undefined ? {} : { PATH: prepared.path },
    },
  );
  let sent = 0;
  send = () => {
    if (sent === 0) running.kill(signal);
    sent += 1;
  };
  if (prepared !== undefined) {
    const { file } = prepared;
    void until("the judge", async () => existsSync(file)).then(send, () => {});
  }
  const ended = await running.ended;
  expect(sent, `the moment did not come: ${ended.stderr}`).toBeGreaterThan(0);
  // What was on its way is carried out.
  if (signal === "SIGKILL") await proxy.settled();
  return ended;
}

let space: Namespace;

describe.skipIf(unavailable !== null)("a caller that is stopped", () => {
  beforeAll(async () => void (space = await makeNamespace("interrupt")));
  afterAll(() => space[Symbol.asyncDispose]());
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  const heard = [
    ...Object.keys(moments).map((name) => ["SIGINT", name] as const),
    ...["deploy, when the pod is made", "scan", "process"].map((name) => ["SIGTERM", name] as const),
  ];
  test.each(heard)("by %s in %s ends with 130 and leaves nothing", async (signal, name) => {
    using at = folder();
    const ended = await stoppedAt(moments[name] ?? {}, signal, at);
    // In its cleanup a scan has its result already.
    const over = name.startsWith("cleanup") && ended.code === 0 ? statusesOn(at.result) : ended.code;
    expect([130, { root: "passed" }], ended.stderr).toContainEqual(over);
    expect(await contents(space.name)).toEqual([]);
  });

  test.each(Object.keys(moments))(
    "by SIGKILL in %s: one gc after its expiry nothing is left",
    async (name) => {
      using at = folder();
      const ended = await stoppedAt(moments[name] ?? {}, "SIGKILL", at);
      expect(ended.signal).toBe("SIGKILL");
      await expire(space.name);
      const gc = await sidescan(["gc", "--namespace", space.name]);
      expect(gc.code, gc.stderr).toBe(0);
      expect(await contents(space.name)).toEqual([]);
    },
  );
});
