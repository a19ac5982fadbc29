/** A network between sidescan and the API server that loses things: every scan still ends right, or says what is wrong. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  contents,
  makeNamespace,
  sidescan,
  start,
  unavailable,
  type Namespace,
  type Ran,
} from "./harness.ts";
import { apiProxy, isFor, isLog, isWatch, type Fate, type Request, type Rules } from "./api-proxy.ts";
import { tcpProxy } from "./tcp-proxy.ts";
import { controlsOn, expire, folder, scanOf, type Folder } from "./scans.ts";

let space: Namespace;
const naps = 20;
const options = ["--input", `naps=${naps}`];
const everyControl = ["root", ...Array.from({ length: naps }, (_, at) => `nap-${at + 1}`)];

/** Nothing is lost and nothing comes twice: the controls on disk, in their order. */
const whole = { code: 0, controls: everyControl.map((id) => `${id} passed`) };
const outcomeOf = ({ code, stderr }: Ran, at: Folder): object =>
  code === 0
    ? {
        code,
        controls: controlsOn(at.result).map(
          ({ id, results }) => `${id} ${results.map(({ status }) => status).join()}`,
        ),
      }
    : { code, stderr };

/** Does this to the first `times` requests or answers that fit. */
function first(times: number, fits: (request: Request, text: string) => boolean, fate: Fate) {
  let left = times;
  const met = new WeakSet<Request>();
  return (request: Request, text = ""): Fate => {
    if (left === 0 || met.has(request) || !fits(request, text)) return "pass";
    met.add(request);
    left -= 1;
    return fate;
  };
}

async function scanThrough(
  rules: Rules,
  at: Folder,
  ...more: string[]
): Promise<Ran & { requests: Request[] }> {
  await using proxy = await apiProxy(rules);
  const words = scanOf("distroless", space.name, at, ...options, "--kubeconfig", proxy.kubeconfig, ...more);
  return { ...(await sidescan(words)), requests: proxy.requests };
}

const has =
  (event: string) =>
  (request: Request, text: string): boolean =>
    isLog(request) && text.includes(`"event":"${event}"`);
const isPodWatch = (request: Request): boolean => isWatch(request) && request.path.endsWith("/pods");

describe.skipIf(unavailable !== null)("connections that break", () => {
  beforeAll(async () => void (space = await makeNamespace("cuts")));
  afterAll(() => space[Symbol.asyncDispose]());
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  const cuts: Record<string, () => Rules> = {
    "the watch is cut before it is answered": () => ({ before: first(3, isPodWatch, "cut") }),
    "the watch is cut at each of its first changes": () => ({
      after: first(5, (request, text) => isPodWatch(request) && text !== "", "cut"),
    }),
    "the log is cut before it is answered": () => ({ before: first(3, isLog, "cut") }),
    "the log is cut at the agent's first word": () => ({ after: first(1, has("hello"), "cut") }),
    "the log is cut again and again while the audit goes on": () => ({
      after: first(8, has("progress"), "cut"),
    }),
    "the log is cut in the middle of the result": () => ({ after: first(1, has("chunk"), "cut") }),
    "the log is cut at its end": () => ({ after: first(1, has("end"), "cut") }),
    "the answer to the pod's creation is lost": () => ({ after: first(1, isFor("POST", "pods"), "cut") }),
    "the answer to a Secret's creation is lost": () => ({ after: first(1, isFor("POST", "secrets"), "cut") }),
    "the pod's creation does not arrive": () => ({ before: first(1, isFor("POST", "pods"), "cut") }),
    "the pod's deletion does not arrive": () => ({ before: first(2, isFor("DELETE", "pods"), "cut") }),
    "the answer to the pod's deletion is lost": () => ({ after: first(1, isFor("DELETE", "pods"), "cut") }),
    "the answers to all other deletions are lost": () => ({
      after: first(9, ({ verb, path }) => verb === "DELETE" && !path.includes("/pods/"), "cut"),
    }),
  };

  test.each(Object.keys(cuts))("%s: the whole result, and nothing left", async (name) => {
    using at = folder();
    expect(outcomeOf(await scanThrough(cuts[name]?.() ?? {}, at), at)).toEqual(whole);
  });

  test("every connection is cut, encrypted as it is, time and again: the whole result, and nothing left", async () => {
    using at = folder();
    await using proxy = await tcpProxy();
    const running = start(scanOf("distroless", space.name, at, ...options, "--kubeconfig", proxy.kubeconfig));
    await running.said(/^✓ Looking for the target/u);
    for (const share of [3, 9, 15]) {
      await running.said(new RegExp(`^ +${share}/21 controls`, "u"));
      expect(proxy.connections()).toBeGreaterThan(0);
      proxy.cut();
    }
    expect(outcomeOf(await running.ended, at)).toEqual(whole);
  });

  const silent: Record<string, () => Rules> = {
    "the log says nothing more, and stays open": () => ({ after: first(1, has("progress"), "stall") }),
    "the watch says nothing more, and stays open": () => ({
      after: first(1, (request, text) => isPodWatch(request) && text.includes('"running"'), "stall"),
    }),
    "the pod's creation is never answered": () => ({ after: first(1, isFor("POST", "pods"), "stall") }),
    "the pod's deletion is never answered": () => ({ after: first(1, isFor("DELETE", "pods"), "stall") }),
  };

  test.each(Object.keys(silent))("%s: the whole result all the same", async (name) => {
    using at = folder();
    expect(outcomeOf(await scanThrough(silent[name]?.() ?? {}, at), at)).toEqual(whole);
  });

  test("all is cut for seconds in the middle of an audit: the whole result", async () => {
    using at = folder();
    let until = 0;
    const down = (): boolean => performance.now() < until;
    const rules: Rules = {
      before: () => (down() ? "cut" : "pass"),
      after: (request, text) => {
        if (until === 0 && has("progress")(request, text)) until = performance.now() + 6000;
        return down() ? "cut" : "pass";
      },
    };
    expect(outcomeOf(await scanThrough(rules, at), at)).toEqual(whole);
  });

  test("the server goes away for good in the middle of an audit: a clear error that names what is left", async () => {
    using at = folder();
    let gone = false;
    const rules: Rules = {
      before: () => (gone ? "cut" : "pass"),
      after: (request, text) => {
        gone ||= has("progress")(request, text);
        return gone ? "cut" : "pass";
      },
    };
    const ran = await scanThrough(rules, at);
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/Cannot reach the API server .*: the connection was cut/u);
    expect(ran.stderr).toMatch(/left behind: .*pod sidescan-/u);
    await expire(space.name);
    const gc = await sidescan(["gc", "--namespace", space.name]);
    expect(gc.code, gc.stderr).toBe(0);
  });

  test("a server that is not there is told at once", async () => {
    using at = folder();
    const kubeconfig = join(at.path, "kubeconfig");
    const cluster = { name: "x", cluster: { server: "https://127.0.0.1:1" } };
    const context = { name: "x", context: { cluster: "x", user: "" } };
    writeFileSync(
      kubeconfig,
      JSON.stringify({ clusters: [cluster], contexts: [context], "current-context": "x" }),
    );
    const ran = await sidescan(scanOf("distroless", space.name, at, "--kubeconfig", kubeconfig));
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toContain("https://127.0.0.1:1 (context x): nothing listens there");
  });

  test("a server that does not answer is told after one answer's time", async () => {
    using at = folder();
    const { code, stderr, requests } = await scanThrough({ before: () => "stall" }, at);
    expect(code, stderr).toBe(3);
    expect(stderr).toContain("it does not answer");
    // Not asked again and again.
    expect(requests.length).toBeLessThan(4);
  });
});
