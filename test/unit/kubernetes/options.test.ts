import { describe, expect, test } from "vitest";
import { clusterSettings } from "../../../src/engines/kubernetes/manifest/pod-options.ts";
import { checkOptions, type ScanOptions } from "../../../src/options.ts";
import { withoutSecrets } from "../../../src/cli/redact.ts";
import { optionsFrom } from "../../../src/cli/scan-options.ts";
import { worstExitCode, type Scanned } from "../../../src/scan-each.ts";

const settings = (
  options: Partial<ScanOptions>,
  found: { overrides?: unknown; scannerImage?: string } = {},
) =>
  clusterSettings(checkOptions({ target: "app:1", profiles: ["p"], ...options }), {
    overrides: found.overrides,
    scannerImage: found.scannerImage,
    profileNames: ["p 1"],
  });

describe("options of a pod", () => {
  test("are empty by default, with our scanner of this version, named without a registry", () => {
    const { options, pod } = settings({});
    expect(options).toMatchObject({ retrieve: "auto", keep: false, waitReady: false, scheduleWait: 0 });
    expect(pod).toMatchObject({ access: "auto", command: [], env: [], overrides: null, volumes: "refuse" });
    expect(pod.scannerImage).toMatch(/^sidescan\/scanner:\d/u);
  });

  test("the scanner's image: the option, else the environment", () => {
    expect(settings({}, { scannerImage: "mine:1" }).pod.scannerImage).toBe("mine:1");
    expect(settings({ scannerImage: "his:1" }, { scannerImage: "mine:1" }).pod.scannerImage).toBe("his:1");
  });

  test("who the target is: --user, else what --image-config says", () => {
    const imageUser = { user: "1000", group: null };
    const found = { overrides: null, scannerImage: undefined, profileNames: [], imageUser };
    const of = (user?: string) =>
      clusterSettings(
        checkOptions({ target: "a", profiles: ["p"], ...(user === undefined ? {} : { user }) }),
        found,
      ).pod;
    expect(of()).toMatchObject({ user: imageUser, userFrom: "--image-config" });
    expect(of("7")).toMatchObject({ user: { user: "7" }, userFrom: "--user" });
  });

  test.each([
    ["gpu", { key: "gpu", operator: "Exists" }],
    ["gpu:NoSchedule", { key: "gpu", operator: "Exists", effect: "NoSchedule" }],
    ["a.b/gpu=yes", { key: "a.b/gpu", operator: "Equal", value: "yes" }],
    ["gpu=:NoExecute", { key: "gpu", operator: "Equal", value: "", effect: "NoExecute" }],
    ["*", { operator: "Exists" }],
  ])("--toleration %s", (text, toleration) =>
    expect(settings({ tolerations: [text] }).pod.tolerations).toEqual([toleration]),
  );

  test("--env-from names a ConfigMap or a Secret", () => {
    expect(settings({ envFrom: ["configmap/a", "cm/b", "secret/c"] }).pod.envFrom).toEqual([
      { configMapRef: { name: "a" } },
      { configMapRef: { name: "b" } },
      { secretRef: { name: "c" } },
    ]);
  });

  test("--mount-results PATH, writable only when that is said", () => {
    expect(settings({ mountResults: "/out/" }).pod.mountResults).toEqual({ path: "/out", writable: false });
    expect(settings({ mountResults: "/out:rw" }).pod.mountResults).toEqual({ path: "/out", writable: true });
  });

  test.each<[Partial<ScanOptions>, string]>([
    [{ namespace: "Upper" }, "--namespace"],
    [{ namespace: "a".repeat(64) }, "--namespace"],
    [{ scannerImage: "Not An Image" }, "scanner image"],
    [{ podName: "x_y" }, "--pod-name"],
    [{ podName: "../x" }, "--pod-name"],
    [{ imagePullSecrets: ["A"] }, "--image-pull-secret"],
    [{ serviceAccount: "a b" }, "--service-account"],
    [{ env: { "A B": "1" } }, "--env"],
    [{ env: { A: "x\0y" } }, "--env A"],
    [{ envFrom: ["pod/x"] }, "--env-from"],
    [{ envFrom: ["secret/x/y"] }, "--env-from"],
    [{ nodeSelector: { "a b": "c" } }, "--node-selector"],
    [{ nodeSelector: { a: "c d" } }, "--node-selector"],
    [{ tolerations: ["a:Sometimes"] }, "--toleration"],
    [{ tolerations: [""] }, "--toleration"],
    [{ mountResults: "out" }, "--mount-results"],
    [{ mountResults: "/a/../b" }, "--mount-results"],
    [{ mountResults: "/" }, "--mount-results"],
    [{ hold: true, command: ["x"] }, "--hold"],
    [{ overrides: "o.yaml" }, "overrides file"],
    [{ user: "a b" }, "--user"],
  ])("%j is refused", (options, message) =>
    expect(() => settings(options)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) as string }),
    ),
  );

  test("a value that may be secret is not repeated when it is refused", () => {
    expect(() => settings({ env: { A: "s3cret\0" } })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("s3cret") as string }),
    );
  });
});

const from = (flags: Parameters<typeof optionsFrom>[1], config: Record<string, unknown> = {}) =>
  optionsFrom("app:1", { profile: ["p"], ...flags }, config, (text) => text);

describe("the command line", () => {
  test("words that repeat become lists, pairs become mappings, on top of the config file's", () => {
    expect(
      from(
        {
          arg: ["-x"],
          env: ["A=1=2", "B="],
          nodeSelector: ["k=v"],
          toleration: ["t"],
          imagePullSecret: ["s"],
          input: ["i=1"],
        },
        { env: { A: "0", C: "3" }, inputs: { j: 2 } },
      ),
    ).toMatchObject({
      args: ["-x"],
      env: { A: "1=2", B: "", C: "3" },
      nodeSelector: { k: "v" },
      tolerations: ["t"],
      imagePullSecrets: ["s"],
      inputs: { i: "1", j: 2 },
    });
  });

  test("a pair without a name is refused without its value", () => {
    expect(() => from({ env: ["=s3cret"] })).toThrow(
      expect.objectContaining({ message: "--env: a name is missing before the =." }),
    );
  });

  test.each([
    [
      ["scan", "app", "--env", "A=secret", "-p", "x"],
      ["scan", "app", "--env", "A=***", "-p", "x"],
    ],
    [["--env=A=secret"], ["--env=A=***"]],
    [
      ["--env", "--odd=secret", "-p", "x"],
      ["--env", "--odd=***", "-p", "x"],
    ],
    [
      ["--input", "a=secret", "b=secret", "-p", "c=d"],
      ["--input", "a=***", "b=***", "-p", "c=d"],
    ],
    [
      ["--input=a=secret", "b=secret", "--json"],
      ["--input=a=***", "b=***", "--json"],
    ],
    [
      ["--input-file", "a=b", "--env-from", "secret/x"],
      ["--input-file", "a=b", "--env-from", "secret/x"],
    ],
    [
      ["--env", "secret"],
      ["--env", "***"],
    ],
  ])("reports repeat %j without what may be secret", (words, shown) =>
    expect(withoutSecrets(words)).toEqual(shown),
  );
});

const ended = (...codes: number[]) =>
  codes.map((exitCode) => ({ container: "c", outcome: { exitCode } }) as Scanned);

describe("several containers", () => {
  test.each([
    [[0, 0], 0],
    [[0, 4], 4],
    [[4, 1, 0], 1],
    [[1, 3], 3],
    [[3, 2], 2],
  ])("ending in %j together end in %i", (codes, worst) => expect(worstExitCode(ended(...codes))).toBe(worst));
});
