import { array, assert, constantFrom, nat, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { SidescanError } from "../../../src/errors.ts";
import { badImage } from "../../../src/target/image.ts";
import { parseTarget, targetSlug } from "../../../src/target/parse.ts";
import { mustTake } from "../../../src/target/takes.ts";

const pod = { kind: "pod", name: "web-0", container: null, clone: false };
const workload = (kind: string) => ({ kind: "workload", workload: kind, name: "web", container: null });
const image = (text: string) => ({ kind: "image", image: text });
const digest = `sha256:${"0a".repeat(32)}`;

/** The name in files of what was understood, or the words of a refusal. */
function answerTo(text: string): string {
  try {
    return targetSlug(parseTarget(text));
  } catch (error) {
    if (error instanceof SidescanError) return error.message;
    throw error;
  }
}

describe("a target in a cluster", () => {
  test.each([
    ["pod/web-0", pod],
    ["po/web-0", pod],
    ["pods/web-0", pod],
    ["deployment/web", workload("deployment")],
    ["deploy/web", workload("deployment")],
    ["deployments/web", workload("deployment")],
    ["deployment.apps/web", workload("deployment")],
    ["sts/web", workload("statefulset")],
    ["ds/web", workload("daemonset")],
    ["rs/web", workload("replicaset")],
    ["job/web", workload("job")],
    ["job.batch/web", workload("job")],
    ["cj/web", workload("cronjob")],
    ["nginx", image("nginx")],
    ["nginx:1.27", image("nginx:1.27")],
    ["image:nginx", image("nginx")],
    ["image:pod/web", image("pod/web")],
    ["image:dir", image("dir")],
    ["localhost:5000/a/b:tag", image("localhost:5000/a/b:tag")],
    ["[::1]:5000/a", image("[::1]:5000/a")],
    ["Registry.example.COM/a__b-c.d/e:V_1.2-3", image("Registry.example.COM/a__b-c.d/e:V_1.2-3")],
    [`ghcr.io/org/app:1@${digest}`, image(`ghcr.io/org/app:1@${digest}`)],
    ["podman/hello", image("podman/hello")],
    ["daemon:1", image("daemon:1")],
  ])("%s is understood", (text, target) => expect(parseTarget(text)).toEqual(target));

  test("takes the container that is audited", () => {
    expect(parseTarget("pod/web-0", { container: "app", clone: true })).toEqual({
      ...pod,
      container: "app",
      clone: true,
    });
    expect(parseTarget("deploy/web", { container: "app" })).toEqual({
      ...workload("deployment"),
      container: "app",
    });
  });

  test.each([
    ["pod/", "no name of a pod"],
    ["pod/Web", "no name of a pod"],
    ["pod/a/b", "no name of a pod"],
    ["pod/a b", "no name of a pod"],
    ["pod/../../etc", "no name of a pod"],
    ["deployment/-x", "no name of a deployment"],
    [`pod/${"a".repeat(254)}`, "no name of a pod"],
    ["deploymnt/web", "there is no deploymnt/"],
    ["pdo/web", "there is no pdo/"],
    ["pod:web", "there is no pod:"],
    ["dir/rootfs", "there is no dir/"],
    ["image:", "no target and no image"],
    ["Nginx", "small letters"],
    ["nginx:", "is named [HOST/]NAME"],
    ["nginx@sha256:0", "digest is not whole"],
    [`nginx@sha256:${"0".repeat(63)}`, "64 hexadecimal digits"],
    ["https://nginx", "without https://"],
    ["nginx;rm -rf /", "a character that no image's name can"],
    ["nginx\n", "a character that no image's name can"],
    ["-v", "is named [HOST/]NAME"],
    ["a".repeat(256), "255 characters"],
    ["a".repeat(5000), "longer than any image's name"],
  ])("%j is refused with exit code 2", (text, message) =>
    expect(() => parseTarget(text)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) as string }),
    ),
  );

  test.each([
    ["deploymnt/web", "Did you mean deployment/web? For an image of that name write image:deploymnt/web"],
    ["pod:web", "Did you mean pod/web? For an image of that name write image:pod:web"],
    ["dir/rootfs", "Did you mean dir:rootfs? For an image of that name write image:dir/rootfs"],
  ])("%s: says what was probably meant", (text, hint) =>
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ hint })),
  );

  test("a container's name is a DNS label", () => {
    for (const container of ["", "A", "a.b", "a/b", "a".repeat(64)])
      expect(() => parseTarget("pod/web", { container })).toThrow("no name of a container");
  });

  test("whatever is typed is either understood or refused in words that a terminal can show, at once", () => {
    const parts = constantFrom(
      "pod",
      "/",
      ":",
      "@",
      "sha256",
      "a",
      "-",
      "--",
      "_",
      ".",
      "A",
      "\u001b[2J",
      "\u202e",
      "é",
      "[",
      "]",
      "0",
      "image",
      "dir",
    );
    assert(
      property(
        oneof(
          array(nat(0x10ffff), { maxLength: 30 }).map((all) => String.fromCodePoint(...all)),
          array(parts, { maxLength: 60 }).map((all) => all.join("")),
        ),
        (text) => {
          expect(answerTo(text)).toMatch(/^\P{C}{1,500}$/u);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("an image's name that is long and nearly right is refused without trying every way to read it", () => {
    for (const text of ["a-", "a/", "a.", "a_", "A-", "a.a:"])
      expect(badImage(text.repeat(Math.floor(511 / text.length)))).not.toBeNull();
  });
});

describe("a target's name in files", () => {
  test.each([
    ["ghcr.io/org/app:1.2", {}, "app-1.2"],
    [`app@${digest}`, {}, "app"],
    ["pod/web-0", {}, "web-0"],
    ["pod/web-0", { container: "app" }, "web-0-app"],
    ["deploy/web", { container: "app" }, "deployment-web-app"],
  ])("%s %j is %s", (text, options, slug) => expect(targetSlug(parseTarget(text, options))).toBe(slug));
});

const given = (text: string, options: Record<string, unknown>) => () =>
  mustTake(parseTarget(text, { clone: options.clone === true }), options);

describe("an option that the target cannot take", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["dir:x", { namespace: "n" }, "--namespace"],
    ["dir:x", { hold: true, command: ["x"] }, "--command, --hold"],
    ["pid:1", { user: "0" }, "--user"],
    ["pid:1", { run: true, imageConfig: "c" }, "--image-config, --run"],
    ["pod/web", { imageConfig: "c.json" }, "--image-config"],
    ["nginx", { container: "c" }, "--container"],
    ["nginx", { auditor: "cinc-auditor" }, "--auditor"],
    ["nginx", { volumes: "empty" }, "--volumes"],
    ["nginx", { clone: true }, "--clone"],
    ["pod/web", { env: { A: "1" } }, "--env"],
    ["pod/web", { podName: "x" }, "--pod-name"],
    ["pod/web", { scannerKit: true }, "--scanner-kit"],
  ])("%s %j is refused", (text, options, flags) =>
    expect(given(text, options)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(flags) as string }),
    ),
  );

  test("a pod is told that a copy of it would take it", () => {
    expect(given("pod/web", { hold: true })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("--clone") as string }),
    );
    expect(given("pod/web", { hold: true, clone: true })).not.toThrow();
  });

  test("what is left at its default was not given", () => {
    expect(
      given("dir:x", { namespace: undefined, hold: false, command: [], env: {}, keep: false }),
    ).not.toThrow();
  });
});
