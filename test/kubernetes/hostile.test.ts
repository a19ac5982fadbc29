/**
 * A target that wants a good verdict and does what it can for it: of its own user, as root, with and without a shell. It must get nowhere near
 * the scanner, and what it does get at must not change a result.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profileOf } from "../fixtures/profile.ts";
import { core, makeNamespace, sidescan, testImage, unavailable, until, type Namespace } from "./harness.ts";
import { controlsOn, folder } from "./scans.ts";

const hostile = await readFile(join(import.meta.dirname, "fixtures", "hostile.rb"), "utf8");

/** Three verdicts that a hostile target would like to see otherwise, and a command that takes its time between them. */
const controls = `
control "before" do
  describe(file("/etc/passwd")) { it { should_not exist } }
end
control "slow" do
  describe(command("sleep 2; head -c 4 /etc/passwd")) { its("stdout") { should eq "root" } }
end
control "after" do
  describe(file("/etc/passwd")) { it { should_not exist } }
end
`;

const root = { runAsUser: 0, runAsGroup: 0 };
const nobody = {
  runAsUser: 65_532,
  runAsGroup: 65_532,
  capabilities: { drop: ["ALL"] },
};

type Deed = {
  did: string;
  to: string;
  pid: number;
  comm: string[];
  words: string[];
};

let space: Namespace;
let runs = 0;

/** A scan of the hostile target; what the scan came to, and what the target says that it managed. */
async function scan(
  words: string[],
  args: string[],
  {
    security = root,
    target = {},
    also = [],
    volumes = [],
  }: {
    security?: object;
    target?: object;
    also?: object[];
    volumes?: object[];
  } = {},
): Promise<{
  code: number | null;
  said: string;
  statuses: string[];
  deeds: Deed[];
}> {
  using at = folder();
  runs += 1;
  const overrides = join(at.path, "overrides.json");
  const containers = [{ name: "target", securityContext: security, ...target }, ...also];
  await writeFile(overrides, JSON.stringify({ spec: { containers, volumes } }));
  const name = `hostile-${runs}`;
  const ran = await sidescan([
    "scan",
    testImage("auditor"),
    "-n",
    space.name,
    "--pod-name",
    name,
    "--keep",
    "--command-timeout",
    "8",
    "-p",
    profileOf(at.path, controls),
    "--overrides",
    overrides,
    "--reporter",
    `json:${at.result}`,
    "--command",
    "ruby3.1",
    "--arg=-e",
    "--arg",
    hostile,
    ...words.flatMap((word) => ["--arg", word]),
    ...args,
  ]);
  // The scanner is still there, and on a slow machine the target may have come too late for a short audit.
  const log = await until(`the target's deeds, after ${ran.stderr}`, async () => {
    const said = await core.readNamespacedPodLog({ namespace: space.name, name, container: "target" });
    return said.includes(words[0] === "look" ? "looked at all" : "started") && said;
  });
  const deeds = log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Deed)
    .filter(({ did }) => did !== "looked at all");
  await core.deleteNamespacedPod({
    namespace: space.name,
    name,
    gracePeriodSeconds: 0,
  });
  const statuses = (existsSync(at.result) ? controlsOn(at.result) : []).map(
    ({ id, results }) => `${id} ${results.map(({ status }) => status).join()}`,
  );
  expect(deeds[0]?.did, ran.stderr + log).toBe("started");
  return {
    code: ran.code,
    said: ran.stdout + ran.stderr,
    statuses,
    deeds: deeds.slice(1),
  };
}

/** Deeds against the scanner itself: a command runs as the target does and is open to it; what is no command is not. */
const againstScanner = (deeds: Deed[]): Deed[] =>
  deeds.filter(({ comm }) => comm.some((name) => /^(?:ruby|agent|sidescan)/u.test(name)));
/** Deeds through whatever it got at, at files that are the scanner's. */
const atFiles = (deeds: Deed[]): Deed[] =>
  deeds.filter(({ did }) => did === "reached" || did === "could write");

const honest = ["before failed", "slow passed", "after failed"];

describe.skipIf(unavailable !== null)("a hostile target", () => {
  beforeAll(async () => {
    space = await makeNamespace("hostile");
  });
  afterAll(async () => {
    await space[Symbol.asyncDispose]();
  });

  test("of the scanner's own user sees nothing of it, although it sees the same of any other process", async () => {
    const beside = {
      name: "beside",
      image: testImage("debian"),
      imagePullPolicy: "IfNotPresent",
      command: ["sleep", "1000"],
      securityContext: nobody,
    };
    const { code, statuses, deeds, said } = await scan(
      ["look"],
      ["--access", "restricted", "--commands", "none"],
      {
        security: nobody,
        also: [beside],
      },
    );
    expect(code, said).toBe(3);
    expect(said).toContain("1 of 3 controls could not be judged: slow");
    expect(statuses).toEqual(["before failed", "slow error", "after failed"]);
    expect(deeds.filter(({ comm }) => !comm.includes("sleep"))).toEqual([]);
    const done = new Set(deeds.map(({ did }) => did));
    for (const did of ["mem", "environ", "root", "fd", "ptrace"])
      expect(done, "the target does know how").toContain(did);
  });

  test.each([
    ["of another user", "baseline", nobody, []],
    ["that is root, as the scanner is", "default", root, []],
    ["that is root and has no shell, so that it is given one", "default", root, ["shell-less"]],
  ] as const)("%s gets at commands alone, and through them at no file of the scanner's", async (...row) => {
    const [, rung, security, words] = row;
    const { statuses, deeds, said } = await scan(["look", ...words], ["--access", rung], { security });
    expect(againstScanner(deeds), said).toEqual([]);
    expect(atFiles(deeds)).toEqual([]);
    // It may hold up a command, which then says nothing.
    expect([honest, ["before failed", "slow error", "after failed"]]).toContainEqual(statuses);
  });

  test("of another user that has no shell reaches nothing through the tools that its commands are given", async () => {
    // A file that nobody can execute in the shell's place; every namespace has this one.
    const mount = {
      name: "nothing",
      mountPath: "/usr/bin/dash",
      subPath: "ca.crt",
      readOnly: true,
    };
    const { deeds, said } = await scan(["look"], ["--access", "baseline"], {
      security: nobody,
      target: { volumeMounts: [mount] },
      volumes: [{ name: "nothing", configMap: { name: "kube-root-ca.crt" } }],
    });
    expect(againstScanner(deeds), said).toEqual([]);
    expect(atFiles(deeds)).toEqual([]);
    expect(deeds.map(({ to }) => to)).toContain("/opt/sidescan/tools");
  });

  test.each(["KILL", "TERM", "INT", "USR1", "ABRT"])(
    "that sends SIG%s to all of the scanner gets no result",
    async (signal) => {
      const { code, statuses, said } = await scan([signal], ["--access", "default"]);
      expect(code, said).toBe(3);
      expect(statuses).toEqual([]);
    },
  );

  test.each(["INT", "TERM", "HUP", "USR2"])(
    "that sends SIG%s to the auditor alone gets no result",
    async (signal) => {
      const { code, statuses, said } = await scan([signal, "auditor"], ["--access", "default"]);
      expect(code, said).toBe(3);
      expect(statuses).toEqual([]);
    },
  );

  test("that kills what runs commands gets an error for that command, and all else stays", async () => {
    const { code, statuses, said } = await scan(["KILL", "runner_main"], ["--access", "default"]);
    expect(code, said).toBe(3);
    expect(said).toContain("1 of 3 controls could not be judged: slow");
    expect(statuses).toEqual(["before failed", "slow error", "after failed"]);
  });
});
