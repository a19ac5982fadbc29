/** What each rung of privilege can look at, and what it says of what it cannot, against targets of every kind. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { profileOf } from "../fixtures/profile.ts";
import {
  contents,
  makeNamespace,
  scannerImage,
  sidescan,
  testImage,
  unavailable,
  type Namespace,
} from "./harness.ts";
import { controlsOn, folder } from "./scans.ts";

const profile = {
  // Everybody may read it.
  open: `describe(file("/etc/passwd")) { its("content") { should match(/^root:/) } }`,
  // In a directory that only uid 65532 may search: absent for those who may look.
  closed: `describe(file("/home/nonroot/nothing")) { it { should_not exist } }`,
  native: `describe(processes(/./)) { it { should exist } }; describe(kernel_parameter("kernel.ostype")) { its("value") { should eq "Linux" } }`,
  command: `describe(command("x=1; echo $((x + 1))")) { its("stdout") { should eq "2\\n" } }`,
};

let space: Namespace;

const other = { runAsUser: 1000, runAsGroup: 1000 };

/** Scans with these options, the target's container being changed so; the statuses of each control, or what was said. */
async function scan(
  image: string,
  args: string[],
  {
    image: reference = testImage(image),
    security = {},
    also = [],
    controls = profile,
  }: {
    image?: string;
    security?: object;
    also?: object[];
    controls?: Record<string, string>;
  } = {},
): Promise<{
  code: number | null;
  said: string;
  controls: Record<string, string[]>;
  messages: string;
}> {
  using at = folder();
  const texts = Object.entries(controls).map(([id, text]) => `control "${id}" do\n  ${text}\nend\n`);
  const overrides = {
    spec: {
      containers: [{ name: "target", securityContext: security }, ...also],
    },
  };
  await writeFile(join(at.path, "overrides.json"), JSON.stringify(overrides));
  const ran = await sidescan([
    "scan",
    reference,
    "-n",
    space.name,
    "-p",
    profileOf(at.path, texts.join("")),
    "--overrides",
    join(at.path, "overrides.json"),
    "--reporter",
    `json:${at.result}`,
    ...args,
  ]);
  const said = ran.stdout + ran.stderr;
  if (!existsSync(at.result)) return { code: ran.code, said, controls: {}, messages: said };
  const all = controlsOn(at.result);
  return {
    code: ran.code,
    said,
    controls: Object.fromEntries(
      all.map(({ id, results }) => [id, [...new Set(results.map(({ status }) => status))]]),
    ),
    messages: all.flatMap(({ results }) => results.map(({ message }) => message ?? "")).join("\n"),
  };
}

const everything = {
  open: ["passed"],
  closed: ["passed"],
  native: ["passed"],
  command: ["passed"],
};

describe.skipIf(unavailable !== null)("what the rungs see", () => {
  beforeAll(async () => {
    space = await makeNamespace("rungs");
  });
  afterAll(async () => {
    await space[Symbol.asyncDispose]();
  });
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  test("restricted, as the target's own user: what that user may read, and no command", async () => {
    const { controls, messages } = await scan("distroless", ["--access", "restricted"], { security: other });
    expect(controls, messages).toEqual({
      ...everything,
      closed: ["error"],
      command: ["error"],
    });
    expect(messages).toContain("could not look: /home/nonroot/nothing: Permission denied");
    expect(messages).toMatch(/could not look: there is no right to enter the target's root for a command/u);
  });

  test("baseline, beside a target of another user: commands too, but not what only a third user may read", async () => {
    const { controls, messages } = await scan("distroless", ["--access", "baseline"], { security: other });
    expect(controls, messages).toEqual({ ...everything, closed: ["error"] });
    expect(messages).toContain("could not look: /home/nonroot/nothing: Permission denied");
  });

  test.each(["default", "ptrace"])("%s, beside a target of another user: everything", async (rung) => {
    const args = ["--access", rung, ...(rung === "ptrace" ? ["--allow-ptrace"] : [])];
    expect((await scan("distroless", args, { security: other })).controls).toEqual(everything);
  });

  test("baseline, beside a root without capabilities: what root owns", async () => {
    const security = {
      runAsUser: 0,
      runAsGroup: 0,
      capabilities: { drop: ["ALL"] },
    };
    const { controls, messages } = await scan("distroless", ["--access", "baseline"], { security });
    expect(controls, messages).toEqual({ ...everything, closed: ["error"] });
  });

  test("default, beside a root with the usual capabilities, with the target's shell and without", async () => {
    expect((await scan("debian", ["--access", "default"])).controls).toEqual(everything);
    const security = { runAsUser: 0, runAsGroup: 0 };
    expect((await scan("distroless", ["--access", "default"], { security })).controls).toEqual(everything);
  });

  test("default holds what the target was given beyond the usual", async () => {
    const security = { capabilities: { add: ["NET_ADMIN"] } };
    expect((await scan("debian", ["--access", "default"], { security })).controls).toEqual(everything);
  });

  test("baseline does not enter a root with the usual capabilities, and says that default does", async () => {
    const { code, said } = await scan("debian", ["--user", "65532"]);
    expect(code, said).toBe(3);
    expect(said).toMatch(/may not be entered by uid 0/u);
    expect(said).toContain("`--access default` enters it");
  });

  test("a program that its user may not read is closed to all but ptrace, and the error says so", async () => {
    // Without capabilities, of which one would let it read the program when it is started.
    const security = {
      runAsUser: 65_532,
      runAsGroup: 65_532,
      capabilities: { drop: ["ALL"] },
    };
    const closed = { image: scannerImage, security };
    const command = ["--command", "/usr/bin/ruby3.1", "--arg=-e", "--arg", "sleep"];
    for (const rung of ["restricted", "baseline", "default"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the machine
      const { code, said } = await scan("", ["--access", rung, ...command], closed);
      expect(code, said).toBe(3);
      expect(said).toContain("only the capability SYS_PTRACE opens it (`--access ptrace --allow-ptrace`)");
    }
    const { controls, messages } = await scan("", ["--access", "ptrace", "--allow-ptrace", ...command], {
      ...closed,
      controls: { open: profile.open, command: profile.command },
    });
    expect(controls, messages).toEqual({
      open: ["passed"],
      command: ["passed"],
    });
  });

  test("what a supplied shell lacks is noticed where the text hides it, in a pod with the runtime's filter too", async () => {
    const controls = {
      missing: `describe(command("nosuchprogram 2>/dev/null | cat")) { its("stdout") { should eq "" } }`,
      wrong: `describe(command("find / -nosuchoption 2>/dev/null | cat")) { its("stdout") { should eq "" } }`,
      // Whoever the target runs as may not read /etc/shadow, so a search of /etc has not seen everything.
      refused: `describe(command("grep -rl nosuchtext /etc | wc -l")) { its("stdout.strip") { should eq "0" } }`,
    };
    for (const rung of ["baseline", "default"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the machine
      const found = await scan("distroless", ["--access", rung], {
        security: other,
        controls,
      });
      expect(found.controls, found.messages).toEqual({
        missing: ["error"],
        wrong: ["error"],
        refused: ["error"],
      });
    }
  });

  test("among several containers the target is found, and what it was found by shows in no answer", async () => {
    const sidecar = {
      name: "beside",
      image: testImage("debian"),
      imagePullPolicy: "IfNotPresent",
    };
    const controls = {
      resource: `describe(os_env("SIDESCAN_TARGET")) { its("content") { should be_nil } }`,
      file: `describe(file("/proc/self/environ")) { its("content") { should_not match(/SIDESCAN/) } }`,
      command: `describe(command("env; cat /proc/$PPID/environ /proc/self/environ")) { its("stdout") { should_not match(/SIDESCAN_TARGET/) } }`,
      processes: `describe(processes(/./)) { its("commands") { should eq ["/app/server infinity"] } }`,
    };
    for (const rung of ["restricted", "baseline", "default"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the machine
      const found = await scan("distroless", ["--access", rung], {
        security: other,
        also: [sidecar],
        controls,
      });
      const command = rung === "restricted" ? ["error"] : ["passed"];
      expect(found.controls, found.said).toEqual({
        resource: ["passed"],
        file: ["passed"],
        command,
        processes: ["passed"],
      });
    }
  });

  test("a target that forks is one target", async () => {
    const controls = {
      all: `describe(processes(/^sleep/)) { its("entries.length") { should eq 2 } }`,
    };
    expect((await scan("forks", [], { controls })).controls).toEqual({
      all: ["passed"],
    });
  });

  test("commands are kept from writing where that is asked for, under the runtime's own filter too", async () => {
    const controls = {
      write: `describe(command("echo x > /tmp/written; cat /tmp/written")) { its("stdout") { should eq "x\\n" } }`,
      mode: `describe(command("chmod 700 /etc/passwd")) { its("exit_status") { should eq 0 } }`,
      read: `describe(command("head -c 4 /etc/passwd")) { its("stdout") { should eq "root" } }`,
    };
    const any = await scan("debian", ["--commands", "any"], { controls });
    expect(any.controls, any.messages).toEqual({
      write: ["passed"],
      mode: ["passed"],
      read: ["passed"],
    });
    const kept = await scan("debian", ["--commands", "read-only"], {
      controls,
    });
    expect(kept.controls, kept.messages).toEqual({
      // What it was kept from is no answer of the target's.
      write: ["error"],
      mode: ["failed"],
      read: ["passed"],
    });
  });
});
