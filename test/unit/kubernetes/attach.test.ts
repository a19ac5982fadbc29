import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { V1Pod, V1Secret } from "../../../src/engines/kubernetes/manifest/api.ts";
import { attachManifestsOf, bundleVariable } from "../../../src/engines/kubernetes/manifest/attach.ts";
import type {
  AttachManifests,
  PodOptions,
  RequestFiles,
} from "../../../src/engines/kubernetes/manifest/types.ts";
import { files, options, request, run, settings } from "./given.ts";
import { unknownTo } from "./openapi.ts";

const pod = (
  changes: Partial<NonNullable<V1Pod["status"]>> = {},
  spec: Partial<V1Pod["spec"]> = {},
): V1Pod => ({
  metadata: { name: "web", namespace: "scans" },
  spec: {
    containers: [
      { name: "app", image: "a" },
      { name: "proxy", image: "b" },
    ],
    ...spec,
  },
  status: {
    containerStatuses: [
      {
        name: "app",
        containerID: "containerd://0123456789abcdef",
        image: "a",
        imageID: "",
        ready: true,
        restartCount: 0,
        state: { running: {} },
      },
    ],
    ...changes,
  },
});

const attach = (
  of: { pod?: V1Pod; options?: Partial<PodOptions>; files?: Partial<RequestFiles>; container?: string } = {},
) =>
  attachManifestsOf(
    { pod: of.pod ?? pod(), container: of.container ?? "app", reference: "pod/web" },
    { ...request, commands: "read-only" },
    { ...files, ...of.files },
    { ...settings, pod: { ...options, ...of.options } },
  );

/** As the agent puts it together from its environment. */
function received({ container, owned }: AttachManifests): {
  spec: Record<string, unknown>;
  files: Record<string, string>;
} {
  const env = new Map(container.env?.map((variable) => [variable.name, variable]));
  const value = (name: string): string => {
    const { value: plain, valueFrom } = env.get(name) ?? {};
    if (plain !== undefined) return plain;
    const secret = owned.find(({ metadata }) => metadata?.name === valueFrom?.secretKeyRef?.name) as V1Secret;
    return Buffer.from(secret.data?.[valueFrom?.secretKeyRef?.key ?? ""] ?? "", "base64").toString();
  };
  const pieces = Array.from({ length: Number(value(bundleVariable)) }, (_, index) =>
    value(`${bundleVariable}_${index}`),
  );
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(98_304);
  return JSON.parse(gunzipSync(Buffer.from(pieces.join(""), "base64")).toString()) as ReturnType<
    typeof received
  >;
}

describe("an ephemeral container", () => {
  test("joins the target's container, with fields that the API allows there", () => {
    const { container } = attach();
    expect(container).toMatchObject({ name: `sidescan-${run}`, targetContainerName: "app" });
    expect(unknownTo("V1EphemeralContainer", container)).toEqual([]);
    for (const field of ["resources", "ports", "volumeMounts", "livenessProbe", "lifecycle"])
      expect(container).not.toHaveProperty(field);
  });

  test("gets specification and files whole through its environment, finding the target by its container id", () => {
    const archive = randomBytes(1_200_000);
    const got = received(attach({ files: { profiles: [archive] } }));
    expect(got.spec).toMatchObject({
      target: { containerId: "0123456789abcdef" },
      profiles: ["/tmp/sidescan/profiles/0.tar.gz"],
      results: "/tmp/sidescan/results",
      commands: "read-only",
      access: "default",
    });
    expect(Buffer.from(got.files["/tmp/sidescan/profiles/0.tar.gz"] ?? "", "base64").equals(archive)).toBe(
      true,
    );
  });

  test("keeps each Secret below what a server takes", () => {
    const { owned } = attach({ files: { profiles: [randomBytes(1_250_000)] } });
    expect(owned.length).toBeGreaterThan(1);
    for (const { data } of owned as V1Secret[])
      expect(
        Object.values(data ?? {}).reduce((sum, text) => sum + Buffer.from(text, "base64").length, 0),
      ).toBeLessThan(1_000_000);
  });

  test("refuses what Linux would not let through an environment, and says what does", () => {
    expect(() => attach({ files: { profiles: [randomBytes(1_500_000)] } })).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining("--clone") as string }),
    );
  });

  test("says that it stays in the pod's spec", () => {
    expect(attach().steps.map(({ what }) => what)).toContain(
      "the ephemeral container stays in the pod's spec until the pod ends",
    );
  });

  test("takes the rung from who the server says the process is, where it does", () => {
    const [status] = pod().status?.containerStatuses ?? [];
    const running = pod({
      containerStatuses: [
        { ...status, user: { linux: { uid: 1000, gid: 3000 } } } as NonNullable<typeof status>,
      ],
    });
    expect(attach({ pod: running }).rung).toBe("baseline");
    expect(
      attach({ pod: running, options: { access: "restricted" } }).container.securityContext,
    ).toMatchObject({
      runAsUser: 1000,
      runAsGroup: 3000,
    });
  });

  test("may be root although the pod's containers must not be, where the rung needs it", () => {
    expect(
      attach({ pod: pod({}, { securityContext: { runAsNonRoot: true } }) }).container.securityContext,
    ).toMatchObject({
      runAsUser: 0,
      runAsNonRoot: false,
    });
  });

  test("is refused beside a container that does not run, with how that is", () => {
    const [status] = pod().status?.containerStatuses ?? [];
    const broken = pod({
      containerStatuses: [
        { ...status, state: { waiting: { reason: "CrashLoopBackOff" } } } as NonNullable<typeof status>,
      ],
    });
    expect(() => attach({ pod: broken })).toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: expect.stringContaining("CrashLoopBackOff") as string,
      }),
    );
    expect(() => attach({ container: "nope" })).toThrow(
      expect.objectContaining({ exitCode: 2, hint: "It has: app, proxy." }),
    );
  });
});
