/** scripts/scan-with-sidecar.sh: which words reach sidescan. What sidescan does with them is tested in a cluster. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = join(import.meta.dirname, "../../../scripts/scan-with-sidecar.sh");
let directory: string;
let sidescan: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sidescan-script-"));
  sidescan = join(directory, "side scan");
  await writeFile(
    sidescan,
    `#!${process.execPath}\nprocess.stdout.write(JSON.stringify(process.argv.slice(2)));\nprocess.exit(4);\n`,
  );
  await chmod(sidescan, 0o755);
});
afterAll(() => rm(directory, { recursive: true }));

type Ran = { code: number; words: string[]; stderr: string };

function run(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      script,
      args,
      { env: { PATH: process.env["PATH"] ?? "", SIDESCAN: sidescan, ...env } },
      (error, stdout, stderr) => {
        const words = stdout.startsWith("[") ? (JSON.parse(stdout) as string[]) : [];
        resolve({ code: typeof error?.code === "number" ? error.code : 0, words, stderr });
      },
    );
  });
}

test("an image is scanned in a pod of the given name", async () => {
  const { words } = await run(["ns", "pod", "./p", "t.yml"], { TARGET_IMAGE: "registry/app:1.2" });
  expect(words).toEqual(
    "scan image:registry/app:1.2 --pod-name pod --threshold t.yml --namespace ns --profile ./p".split(" "),
  );
});

test("without an image a copy of the pod of that name is scanned", async () => {
  expect((await run(["ns", "web", "./p"], { TARGET_CONTAINER: "app" })).words).toEqual(
    "scan pod/web --clone --container app --namespace ns --profile ./p".split(" "),
  );
});

test("the exit code is sidescan's", async () => {
  expect((await run(["ns", "pod", "p"])).code).toBe(4);
});

test("every documented variable becomes its option, and options after -- come as they are", async () => {
  const { words } = await run(["ns", "pod", "p", "--", "--json", "--input", "a=b c"], {
    TARGET_IMAGE: "i",
    TARGET_USER: "65532",
    TARGET_HOLD: "1",
    SCANNER_IMAGE: "s:1",
    RESULTS_DIR: "out",
    TIMEOUT: "60",
    KEEP: "1",
    KUBE_CONTEXT: "c",
  });
  expect(words.join(" ")).toBe(
    "scan image:i --pod-name pod --keep --hold --context c --timeout 60 --output out " +
      "--scanner-image s:1 --user 65532 --json --input a=b c --namespace ns --profile p",
  );
  expect(words).toContain("a=b c");
});

test("names and paths may hold anything: nothing is run, split or expanded", async () => {
  const evil = `a b"'$(touch ${directory}/pwned)\`id\`*;\n&& x`;
  const { words } = await run([evil, evil, evil, evil], { TARGET_IMAGE: evil });
  expect(words.filter((word) => word.endsWith(evil))).toHaveLength(5);
  expect(words).toContain(`image:${evil}`);
});

test.each([[[]], [["ns", "pod"]], [["ns", "", "p"]], [["ns", "pod", "p", "t", "more"]]])(
  "bad words %j end with usage and exit code 2",
  async (args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: scan-with-sidecar.sh <namespace> <pod-name> <profile-path>");
  },
);
