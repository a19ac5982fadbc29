import { describe, expect, test } from "vitest";
import type { V1PodSpec, V1SecurityContext } from "../../../src/engines/kubernetes/manifest/api.ts";
import { planAccess } from "../../../src/engines/kubernetes/manifest/access.ts";
import { identityOf } from "../../../src/engines/kubernetes/manifest/identity.ts";
import type { Rung, SecurityLevel } from "../../../src/engines/kubernetes/manifest/types.ts";
import { container, manifests } from "./given.ts";

type Asked = {
  user?: string;
  group?: string;
  own?: V1SecurityContext;
  pod?: V1PodSpec["securityContext"];
  access?: "auto" | Rung;
  allowPtrace?: boolean;
  commands?: "any" | "read-only" | "none";
  enforced?: SecurityLevel;
};

const plan = ({ user, group, own, pod, ...asked }: Asked) => {
  const target = { name: "app", ...(own === undefined ? {} : { securityContext: own }) };
  return planAccess(
    identityOf(
      { containers: [target], ...(pod === undefined ? {} : { securityContext: pod }) },
      target,
      user === undefined ? null : { user, group: group ?? null },
    ),
    { access: "auto", allowPtrace: false, commands: "any", enforced: null, ...asked },
  );
};
const refused = (asked: Asked, message: string, hint: string): void =>
  expect(() => plan(asked)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    }),
  );

describe("the lowest rung that can enter", () => {
  test.each<[string, Asked, Rung]>([
    ["a target of which nothing is known", {}, "default"],
    ["root", { user: "0" }, "default"],
    ["root by name", { user: "root" }, "default"],
    ["a known ordinary user", { user: "65532" }, "baseline"],
    ["an ordinary user by name, whose number the agent finds", { user: "app" }, "baseline"],
    ["who cannot be root", { pod: { runAsNonRoot: true } }, "baseline"],
    ["a known user without commands", { user: "65532", commands: "none" }, "restricted"],
    [
      "a known user in a namespace that enforces restricted",
      { user: "65532", enforced: "restricted" },
      "restricted",
    ],
    ["root without any capability", { user: "0", own: { capabilities: { drop: ["ALL"] } } }, "baseline"],
    ["whoever it is, without any capability", { own: { capabilities: { drop: ["ALL"] } } }, "baseline"],
    [
      "root with what baseline has",
      { user: "0", own: { capabilities: { drop: ["all"], add: ["CAP_SETUID"] } } },
      "baseline",
    ],
    [
      "root with less than the defaults",
      { user: "0", own: { capabilities: { drop: ["NET_RAW"] } } },
      "default",
    ],
    [
      "an ordinary user whatever may be added: it holds none of it",
      { user: "1", own: { capabilities: { add: ["SYS_ADMIN"] } } },
      "baseline",
    ],
    ["the container's user over the pod's", { pod: { runAsUser: 0 }, own: { runAsUser: 7 } }, "baseline"],
    ["a privileged target, when that is allowed", { own: { privileged: true }, allowPtrace: true }, "ptrace"],
    ["an ordinary target although ptrace is allowed", { user: "1", allowPtrace: true }, "baseline"],
    ["a root target that is not helped by no commands", { user: "0", commands: "none" }, "default"],
  ])("%s", (_, asked, rung) => expect(plan(asked).rung).toBe(rung));

  test("says what it is, why, and what it cannot see", () => {
    const [step] = plan({ user: "65532" }).steps;
    expect(step?.what).toContain("access: baseline");
    expect(step?.why).toContain("the target is user 65532 (--user)");
    expect(step?.why).toContain("cannot read files that only a user other than root");
  });

  test("says that a lower one would do when it were known who the target is", () => {
    expect(plan({}).steps[0]?.why).toContain("--user UID would allow a lower one");
  });
});

describe("a rung that cannot enter is refused, with the one that can", () => {
  test.each<[Asked, string, string]>([
    [{ access: "restricted" }, "the number of the target's user is not known", "--user UID"],
    [{ access: "restricted", user: "app" }, "the number of the target's user is not known", "--user UID"],
    [{ access: "restricted", user: "0" }, "the target runs as root", "--access auto"],
    [{ access: "baseline", user: "0" }, "capabilities that this rung lacks", "--access default"],
    [{ access: "baseline" }, "nobody says who it is", "--user UID"],
    [{ access: "default", own: { privileged: true } }, "privileged", "--allow-ptrace"],
    [{ own: { privileged: true } }, "privileged", "--allow-ptrace"],
    [{ own: { capabilities: { add: ["ALL"] } } }, "privileged", "--allow-ptrace"],
    [{ access: "ptrace" }, "--access ptrace", "--allow-ptrace"],
    [{ enforced: "restricted" }, "is not known", "--user UID"],
    [{ enforced: "restricted", user: "0" }, "runs as root", "a namespace that enforces less"],
    [
      { enforced: "restricted", access: "default" },
      "enforces the Pod Security Standard restricted",
      "--access restricted",
    ],
    [
      { enforced: "baseline", access: "ptrace", allowPtrace: true },
      "enforces the Pod Security Standard baseline",
      "--access default",
    ],
    [{ user: "5", pod: { runAsUser: 6 } }, "the pod runs app as user 6", "Leave --user out"],
  ])("%j", (asked, message, hint) => refused(asked, message, hint));
});

const of = (pod: NonNullable<Parameters<typeof manifests>[0]>["pod"]) =>
  container(manifests({ pod: pod ?? {} }).pod, "sidescan").securityContext;

describe("the scanner's security context", () => {
  const user = { user: "1000", group: "2000" };

  test("restricted: the target's own user and group, and no capability", () => {
    expect(of({ access: "restricted", user })).toMatchObject({
      runAsUser: 1000,
      runAsGroup: 2000,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("restricted without a group: taken for the same number, and said", () => {
    const made = manifests({ pod: { access: "restricted", user: { user: "1000", group: null } } });
    expect(container(made.pod, "sidescan").securityContext?.runAsGroup).toBe(1000);
    expect(made.steps.map(({ what }) => what)).toContain("group: 1000, taken for granted");
  });

  test("baseline: root with three capabilities", () => {
    expect(of({ user })).toMatchObject({
      runAsUser: 0,
      runAsNonRoot: false,
      capabilities: { drop: ["ALL"], add: ["SYS_CHROOT", "SETUID", "SETGID"] },
    });
  });

  test("default: the runtime's own, with SYS_CHROOT where it gives that to nobody, and what the target adds", () => {
    expect(of({})?.capabilities).toEqual({ add: ["SYS_CHROOT"] });
    const overrides = {
      spec: { containers: [{ name: "target", securityContext: { capabilities: { add: ["NET_ADMIN"] } } }] },
    };
    expect(of({ overrides })?.capabilities).toEqual({ add: ["SYS_CHROOT", "NET_ADMIN"] });
  });

  test("ptrace: SYS_PTRACE beside them", () => {
    expect(of({ access: "ptrace", allowPtrace: true })?.capabilities).toEqual({
      add: ["SYS_CHROOT", "SYS_PTRACE"],
    });
  });

  test("an image's own user is what its config says, unless the pod says otherwise", () => {
    const image = { user: { user: "0", group: null }, userFrom: "--image-config" } as const;
    expect(manifests({ pod: image }).rung).toBe("default");
    expect(
      manifests({ pod: { ...image, overrides: { spec: { securityContext: { runAsUser: 7 } } } } }).rung,
    ).toBe("baseline");
  });

  test("overrides that say who the target is are taken into account", () => {
    const made = manifests({
      pod: { overrides: { spec: { securityContext: { runAsUser: 1000, runAsNonRoot: true } } } },
    });
    expect(made.rung).toBe("baseline");
    expect(container(made.pod, "sidescan").securityContext).toMatchObject({
      runAsUser: 0,
      runAsNonRoot: false,
    });
  });
});

describe("the target's security context", () => {
  test("is its own below every rung but restricted, which the standard wants of both containers", () => {
    expect(container(manifests().pod, "target").securityContext).toBeUndefined();
    const user = { user: "1000", group: null };
    const contextOf = (group: string | null) =>
      container(manifests({ pod: { access: "restricted", user: { ...user, group } } }).pod, "target")
        .securityContext;
    expect(contextOf(null)).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
    });
    expect(contextOf("1000")).toMatchObject({ runAsUser: 1000, runAsGroup: 1000 });
  });
});
