import { describe, expect, test } from "vitest";
import { violations } from "../../../src/engines/kubernetes/manifest/security.ts";
import { agentSpec, container, manifests, run, specOf } from "./given.ts";
import { unknownTo } from "./openapi.ts";

const kit = {
  files: { "kit.rb": Buffer.from("x"), "kit.tar.gz": Buffer.from("y") },
  command: ["sh", "-c", "ruby", "kit"],
};

const mounted = (writable: boolean) =>
  container(manifests({ pod: { mountResults: { path: "/out", writable } } }).pod, "target").volumeMounts;

const linger = (retrieve: "logs" | "exec" | "auto", keep = false) =>
  agentSpec(manifests({ settings: { cluster: { retrieve, keep, waitReady: false, scheduleWait: 0 } } }))
    .linger;

describe("the pod of an image", () => {
  test("tells the agent when the results volume is in the target too, whose user is any", () => {
    expect(agentSpec(manifests()).shareResults).toBeUndefined();
    const shared = manifests({ pod: { mountResults: { path: "/out", writable: false } } });
    expect(agentSpec(shared).shareResults).toBe(true);
  });

  test("holds the scanner before the target: it is up, and protected, before any process of the target exists", () => {
    const names = specOf(manifests().pod).containers.map(({ name }) => name);
    expect(names).toEqual(["sidescan", "sidescan-tools", "target"]);
  });

  test("shares processes, never restarts, ends by itself, and is given no token and no services", () => {
    expect(specOf(manifests().pod)).toMatchObject({
      shareProcessNamespace: true,
      restartPolicy: "Never",
      activeDeadlineSeconds: 2460,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    });
  });

  test("runs the target as its image says: nothing but name and image", () => {
    expect(container(manifests().pod, "target")).toEqual({ name: "target", image: "app:1" });
  });

  test("keeps results where the target cannot write, in an emptyDir with a limit", () => {
    const { pod } = manifests();
    expect(specOf(pod).volumes).toContainEqual({
      name: "sidescan-results",
      emptyDir: { sizeLimit: "256Mi" },
    });
    const writers = specOf(pod).containers.filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => name === "sidescan-results"),
    );
    expect(writers.map(({ name }) => name)).toEqual(["sidescan"]);
  });

  test("mounts the results in the target when asked, read-only unless that is asked too", () => {
    expect(mounted(false)).toEqual([{ name: "sidescan-results", mountPath: "/out", readOnly: true }]);
    expect(mounted(true)).toEqual([{ name: "sidescan-results", mountPath: "/out", readOnly: false }]);
  });

  test("gives each container of ours requests and limits, and a root that cannot be written to", () => {
    const { pod } = manifests({ pod: { hold: true } });
    for (const name of ["sidescan", "sidescan-tools", "sidescan-hold"]) {
      const { resources, securityContext } = container(pod, name);
      expect(Object.keys(resources?.requests ?? {})).toEqual(["cpu", "memory"]);
      expect(Object.keys(resources?.limits ?? {})).toEqual(["cpu", "memory"]);
      expect(securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      });
    }
  });

  test("is found again by labels, and says in annotations what it is for and when it is rubbish", () => {
    const made = manifests({ pod: { target: "registry/app@sha256:12 with spaces" } });
    for (const { metadata } of [made.pod, ...made.owned]) {
      expect(metadata?.labels).toMatchObject({
        "app.kubernetes.io/name": "sidescan",
        "app.kubernetes.io/managed-by": "sidescan",
        "app.kubernetes.io/component": "scan",
        "sidescan.dev/run": run,
      });
      expect(metadata?.annotations).toMatchObject({
        "sidescan.dev/target": "registry/app@sha256:12 with spaces",
        "sidescan.dev/profile": "baseline 1.0.0",
        "sidescan.dev/expires": "2026-01-01T00:51:00.000Z",
      });
      expect(metadata?.namespace).toBe("scans");
    }
  });

  test("may be named; what it owns keeps the run's name, so that nobody else's Secret is ever taken for ours", () => {
    const made = manifests({ pod: { podName: "web" } });
    expect(made.pod.metadata?.name).toBe("web");
    expect(made.owned.map(({ metadata }) => metadata?.name)).toEqual([
      `sidescan-${run}-spec`,
      `sidescan-${run}-profiles-0`,
    ]);
  });

  test("takes program, environment, pull secrets, account, node and tolerations as they were asked for", () => {
    const { pod } = manifests({
      pod: {
        command: ["/app"],
        args: ["--serve"],
        env: [{ name: "A", value: "1" }],
        envFrom: [{ secretRef: { name: "s" } }],
        imagePullSecrets: ["regcred"],
        imagePullPolicy: "Never",
        serviceAccount: "scanner",
        nodeSelector: { disk: "ssd" },
        tolerations: [{ key: "k", operator: "Exists" }],
      },
    });
    expect(container(pod, "target")).toEqual({
      name: "target",
      image: "app:1",
      imagePullPolicy: "Never",
      command: ["/app"],
      args: ["--serve"],
      env: [{ name: "A", value: "1" }],
      envFrom: [{ secretRef: { name: "s" } }],
    });
    expect(specOf(pod)).toMatchObject({
      imagePullSecrets: [{ name: "regcred" }],
      serviceAccountName: "scanner",
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "k", operator: "Exists" }],
    });
    expect(container(pod, "sidescan").imagePullPolicy).toBe("Never");
  });

  test("is held alive by a program that an init container of the scanner's image brings", () => {
    const { pod } = manifests({ pod: { hold: true } });
    expect(container(pod, "sidescan-hold").command).toEqual([
      "/opt/sidescan/bin/hold",
      "--copy-to",
      "/.sidescan",
    ]);
    expect(container(pod, "target")).toMatchObject({
      command: ["/.sidescan/hold"],
      volumeMounts: [{ name: "sidescan-hold", mountPath: "/.sidescan", readOnly: true }],
    });
  });

  test("with a kit starts the scanner by the kit's bootstrap, and lends the target no tools", () => {
    const made = manifests({ pod: { hold: true, scannerKit: true }, settings: { kit } });
    expect(container(made.pod, "sidescan").command).toEqual([
      "sh",
      "-c",
      "ruby",
      "kit",
      "--spec",
      "/sidescan/spec/spec.json",
    ]);
    expect(container(made.pod, "sidescan-hold").command?.slice(-2)).toEqual(["--copy-hold-to", "/.sidescan"]);
    expect(specOf(made.pod).containers.map(({ name }) => name)).toEqual(["sidescan", "target"]);
    expect(agentSpec(made)).toMatchObject({ tools: null });
    expect(made.owned.map(({ metadata }) => metadata?.name)).toContain(`sidescan-${run}-kit`);
  });

  test("stays for a while after the result where someone may read it by exec", () => {
    expect([linger("logs"), linger("exec"), linger("auto"), linger("logs", true)]).toEqual([
      undefined,
      120,
      120,
      3600,
    ]);
  });
});

const mode = (access: "default" | "restricted") =>
  specOf(manifests({ pod: { access, user: { user: "1000", group: null } } }).pod).volumes?.find(
    ({ name }) => name === "sidescan-spec",
  )?.secret?.defaultMode;

describe("profiles, inputs and waivers", () => {
  test("small profiles share one ConfigMap", () => {
    const { owned } = manifests({ files: { profiles: [Buffer.from("a"), Buffer.from("b")] } });
    const maps = owned.filter(({ kind }) => kind === "ConfigMap") as {
      binaryData?: Record<string, string>;
    }[];
    expect(maps).toHaveLength(1);
    expect(Object.keys(maps[0]?.binaryData ?? {})).toEqual(["0.tar.gz", "1.tar.gz"]);
  });

  test("a large one is split into parts, each in a ConfigMap of its own, joined in order by one volume", () => {
    const archive = Buffer.alloc(2_500_000, 1).fill(2, 921_600);
    const { owned, pod } = manifests({ files: { profiles: [archive] } });
    const maps = owned.filter(({ kind }) => kind === "ConfigMap") as { binaryData: Record<string, string> }[];
    expect(maps.map(({ binaryData }) => Object.keys(binaryData))).toEqual([
      ["0.tar.gz.000"],
      ["0.tar.gz.001"],
      ["0.tar.gz.002"],
    ]);
    const joined = Buffer.concat(
      maps.flatMap(({ binaryData }) => Object.values(binaryData).map((text) => Buffer.from(text, "base64"))),
    );
    expect(joined.equals(archive)).toBe(true);
    const volume = specOf(pod).volumes?.find(({ name }) => name === "sidescan-profiles");
    expect(volume?.projected?.sources?.map(({ configMap }) => configMap?.name)).toEqual(
      [0, 1, 2].map((index) => `sidescan-${run}-profiles-${index}`),
    );
  });

  test("no ConfigMap or Secret comes near the server's limit of 1 MiB, however sizes fall", () => {
    for (const size of [921_599, 921_600, 921_601, 1_843_200, 3_000_000]) {
      const { owned } = manifests({
        files: { profiles: [Buffer.alloc(size), Buffer.alloc(500_000), Buffer.alloc(1)] },
      });
      for (const one of owned as { binaryData?: Record<string, string>; data?: Record<string, string> }[]) {
        const bytes = Object.values(one.binaryData ?? one.data ?? {}).reduce(
          (sum, text) => sum + Buffer.from(text, "base64").byteLength,
          0,
        );
        expect(bytes).toBeLessThanOrEqual(921_600);
      }
    }
  });

  test("what does not fit is refused before anything is made, with its size", () => {
    expect(() => manifests({ files: { profiles: [Buffer.alloc(34_000_000)] } })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining("32.4 MB together") as string,
      }),
    );
    expect(() => manifests({ files: { inputFiles: [Buffer.alloc(1_000_000)] } })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining("a Secret holds 900 KiB") as string,
      }),
    );
  });

  test("inputs travel in the Secret, and files keep the end of their name, by which the auditor reads them", () => {
    const made = manifests({
      request: {
        auditor: {
          inputs: { password: "s3cret" },
          inputFiles: ["/a/in.yaml", "/b/weird name"],
          waiverFiles: ["/w.CSV"],
          controls: [],
          tags: [],
        },
      },
      files: { inputFiles: [Buffer.from("a: 1"), Buffer.from("b: 1")], waiverFiles: [Buffer.from("c")] },
    });
    expect(agentSpec(made)).toMatchObject({
      auditor: {
        inputs: { password: "s3cret" },
        inputFiles: ["/sidescan/spec/input-0.yaml", "/sidescan/spec/input-1.yml"],
        waiverFiles: ["/sidescan/spec/waiver-0.csv"],
      },
    });
    expect(JSON.stringify(made.pod)).not.toContain("s3cret");
  });

  test("the Secret is for root alone where the scanner is root", () => {
    expect([mode("default"), mode("restricted")]).toEqual([0o400, 0o444]);
  });
});

describe("the Kubernetes API", () => {
  test.each([
    ["plain", {}],
    ["held", { pod: { hold: true } }],
    ["kit", { pod: { hold: true }, settings: { kit } }],
    ["restricted", { pod: { access: "restricted", user: { user: "1000", group: "1000" } } }],
    [
      "ptrace",
      { pod: { access: "ptrace", allowPtrace: true, mountResults: { path: "/out", writable: true } } },
    ],
    [
      "everything",
      {
        pod: {
          command: ["/a"],
          args: ["b"],
          env: [{ name: "A", value: "1" }],
          envFrom: [{ configMapRef: { name: "c" } }],
          imagePullSecrets: ["s"],
          serviceAccount: "a",
          nodeSelector: { a: "b" },
          tolerations: [{ operator: "Exists" }],
        },
        files: { profiles: [Buffer.alloc(2_000_000)] },
      },
    ],
  ] as const)("knows every field of what is made: %s", (_, changes) => {
    const { pod, owned } = manifests(changes as Parameters<typeof manifests>[0]);
    expect([pod, ...owned].flatMap((one) => unknownTo(`V1${one.kind}`, one))).toEqual([]);
  });
});

const of = (changes: Parameters<typeof manifests>[0]) => violations(manifests(changes).pod);

describe("the Pod Security Standards", () => {
  test("restricted is met by the rung of that name, held or not", () => {
    const user = { user: "65532", group: "65532" };
    expect(of({ pod: { access: "restricted", user } })).toEqual([]);
    expect(of({ pod: { access: "restricted", user, hold: true } })).toEqual([]);
    expect(of({ pod: { access: "restricted", user }, settings: { kit } })).toEqual([]);
  });

  test.each(["baseline", "default"] as const)(
    "baseline is met by the rung %s, restricted is not",
    (access) => {
      const broken = of({
        pod: { access, user: access === "baseline" ? { user: "1000", group: null } : null },
      });
      expect(broken.filter(({ level }) => level === "baseline")).toEqual([]);
      expect(broken.map(({ field }) => field)).toContain(
        "spec.containers[sidescan].securityContext.runAsNonRoot",
      );
    },
  );

  test("ptrace needs a privileged namespace, for its capability alone", () => {
    const broken = of({ pod: { access: "ptrace", allowPtrace: true } }).filter(
      ({ level }) => level === "baseline",
    );
    expect(broken.map(({ field }) => field)).toEqual([
      "spec.containers[sidescan].securityContext.capabilities.add",
    ]);
  });
});
