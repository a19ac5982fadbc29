/** A team that may only run an image of the auditor itself: agent and transport travel with the run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profileOf } from "../fixtures/profile.ts";
import {
  contents,
  makeNamespace,
  sidescan,
  testImage,
  unavailable,
  type Namespace,
  type Ran,
} from "./harness.ts";
import { controlsOn } from "./scans.ts";

let space: Namespace;
let folder: string;
let profile: string;

beforeAll(async () => {
  if (unavailable !== null) return;
  space = await makeNamespace("kit");
  folder = mkdtempSync(join(tmpdir(), "sidescan-kit-"));
  profile = profileOf(
    folder,
    `control "file" do
      describe(file("/etc/passwd")) { its("content") { should match(/^nonroot:/) } }
    end
    control "command" do
      describe(command("echo $((6 * 7))")) { its("stdout") { should match(/\\A42\\n\\z/) } }
    end
`,
  );
});
afterAll(async () => {
  if (unavailable !== null) return;
  rmSync(folder, { recursive: true, force: true });
  await space[Symbol.asyncDispose]();
});

async function scan(image: string, ...more: string[]): Promise<{ ran: Ran; of: (id: string) => string }> {
  const file = join(folder, `${image}.json`);
  const places = ["-n", space.name, "-p", profile, "--reporter", `json:${file}`];
  const kit = ["--scanner-image", testImage("auditor"), "--scanner-kit"];
  const ran = await sidescan(["scan", testImage(image), ...places, ...kit, ...more]);
  const of = (id: string): string => {
    const [result] = controlsOn(file).find((control) => control.id === id)?.results ?? [];
    return `${result?.status} ${result?.message ?? ""}`.trim();
  };
  return { ran, of };
}

describe.skipIf(unavailable !== null)("an image that has just Ruby and the auditor's gems", () => {
  test("audits a target that has a shell as our own image would", async () => {
    const { ran, of } = await scan("debian");
    expect(ran.code, ran.stderr).toBe(0);
    expect([of("file"), of("command")]).toEqual(["passed", "passed"]);
    expect(await contents(space.name)).toEqual([]);
  });

  test("audits one without a shell, and says that commands are missing the supplied tools", async () => {
    const { ran, of } = await scan("distroless");
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toContain("the target has no shell, and none was supplied");
    expect(of("file")).toBe("passed");
    expect(of("command")).toMatch(/^error could not look: the target has no shell/u);
    expect(await contents(space.name)).toEqual([]);
  });

  test("keeps an image alive that has nothing to run", async () => {
    const { ran, of } = await scan("ends-at-once", "--hold");
    expect(ran.code, ran.stderr).toBe(0);
    expect(of("file")).toBe("passed");
    expect(await contents(space.name)).toEqual([]);
  });
});

describe.skipIf(unavailable !== null)("an image that is no auditor's", () => {
  test("is told by name", async () => {
    const places = ["-n", space.name, "-p", profile, "-o", folder];
    const kit = ["--scanner-image", testImage("debian"), "--scanner-kit"];
    const ran = await sidescan(["scan", testImage("distroless"), ...places, ...kit]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("this image has no Ruby");
    expect(await contents(space.name)).toEqual([]);
  });
});
