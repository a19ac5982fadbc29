import { describe, expect, test } from "vitest";
import type { V1PodSpec, V1PodTemplateSpec } from "../../../src/engines/kubernetes/manifest/api.ts";
import type { PodOptions } from "../../../src/engines/kubernetes/manifest/types.ts";
import { agentSpec, container, manifests, run, specOf } from "./given.ts";
import { unknownTo } from "./openapi.ts";

const copy = (
  spec: Partial<V1PodSpec>,
  {
    metadata,
    reference = "deployment/web",
    ...pod
  }: Partial<PodOptions> & { metadata?: object; reference?: string } = {},
) => {
  const template: V1PodTemplateSpec = {
    metadata: metadata ?? { labels: { app: "web" } },
    spec: { containers: [{ name: "app", image: "a:1" }], ...spec },
  };
  const before = structuredClone(template);
  const made = manifests({ subject: { kind: "workload", reference, template, container: "app" }, pod });
  expect(template).toEqual(before);
  expect(unknownTo("V1Pod", made.pod)).toEqual([]);
  return made;
};
const said = (made: ReturnType<typeof copy>): string => made.steps.map(({ what }) => what).join("\n");
const refused = (spec: Partial<V1PodSpec>, message: string, hint: string, reference?: string): void =>
  expect(() => copy(spec, reference === undefined ? {} : { reference })).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    }),
  );

const targetBeside = (restartPolicy?: string) =>
  agentSpec(
    copy({
      initContainers: [{ name: "i", image: "i", ...(restartPolicy === undefined ? {} : { restartPolicy }) }],
    }),
  ).target;

describe("the copy of a workload", () => {
  test("has none of its labels, so that no Service and no controller selects it; they are noted", () => {
    const { pod } = copy(
      {},
      {
        metadata: { labels: { app: "web", "pod-template-hash": "x" }, annotations: { "vault/inject": "y" } },
      },
    );
    expect(pod.metadata?.labels).not.toHaveProperty("app");
    expect(pod.metadata?.labels).not.toHaveProperty("pod-template-hash");
    expect(pod.metadata?.annotations).toMatchObject({
      "sidescan.dev/target-labels": "app=web,pod-template-hash=x",
      "vault/inject": "y",
    });
  });

  test("is asked nothing by kubelet and calls nobody: probes, hooks and readiness gates are off", () => {
    const probe = { tcpSocket: { port: 80 } };
    const made = copy({
      readinessGates: [{ conditionType: "x" }],
      containers: [
        {
          name: "app",
          image: "a",
          livenessProbe: probe,
          readinessProbe: probe,
          startupProbe: probe,
          lifecycle: { postStart: { exec: { command: ["x"] } } },
        },
      ],
    });
    expect(container(made.pod, "app")).toEqual({ name: "app", image: "a" });
    expect(specOf(made.pod)).not.toHaveProperty("readinessGates");
  });

  test("never restarts, ends by itself, gets no token, whatever the template says", () => {
    expect(
      specOf(
        copy({
          restartPolicy: "Always",
          activeDeadlineSeconds: 5,
          automountServiceAccountToken: true,
          terminationGracePeriodSeconds: 600,
        }).pod,
      ),
    ).toMatchObject({
      restartPolicy: "Never",
      activeDeadlineSeconds: 2460,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
    });
  });

  test("runs where the workload runs, but is none of its replicas to be kept apart", () => {
    const { pod } = copy({
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "k" }],
      priorityClassName: "high",
      priority: 1000,
      serviceAccountName: "web",
      affinity: { nodeAffinity: {}, podAntiAffinity: {} },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }],
      nodeName: "n1",
    });
    expect(specOf(pod)).toMatchObject({
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "k" }],
      priorityClassName: "high",
      serviceAccountName: "web",
      affinity: { nodeAffinity: {} },
    });
    for (const field of ["nodeName", "priority", "topologySpreadConstraints"])
      expect(specOf(pod)).not.toHaveProperty(field);
    expect(specOf(pod).affinity).not.toHaveProperty("podAntiAffinity");
  });

  test("keeps the containers beside the target and marks the target among them", () => {
    const made = copy({
      initContainers: [{ name: "migrate", image: "m" }],
      containers: [
        { name: "app", image: "a", env: [{ name: "A", value: "1" }] },
        { name: "proxy", image: "p" },
      ],
    });
    expect(specOf(made.pod).containers.map(({ name }) => name)).toEqual([
      "sidescan",
      "sidescan-tools",
      "app",
      "proxy",
    ]);
    expect(specOf(made.pod).initContainers).toEqual([{ name: "migrate", image: "m" }]);
    expect(container(made.pod, "app").env).toEqual([
      { name: "A", value: "1" },
      { name: "SIDESCAN_TARGET", value: run },
    ]);
    expect(container(made.pod, "proxy").env).toBeUndefined();
    expect(agentSpec(made).target).toEqual({ marker: `SIDESCAN_TARGET=${run}` });
    expect(said(made)).toContain("beside it: migrate, proxy");
  });

  test("an init container that stays is one beside it, one that ends is not", () => {
    expect(targetBeside()).toEqual({});
    expect(targetBeside("Always")).toEqual({ marker: `SIDESCAN_TARGET=${run}` });
  });

  test("takes neither the node's ports nor its namespaces, and says so", () => {
    const made = copy({
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      containers: [
        { name: "app", image: "a", ports: [{ containerPort: 80, hostPort: 80, hostIP: "1.2.3.4" }] },
      ],
    });
    for (const field of ["hostNetwork", "hostPID", "hostIPC"])
      expect(specOf(made.pod)).not.toHaveProperty(field);
    expect(container(made.pod, "app").ports).toEqual([{ containerPort: 80 }]);
    expect(said(made)).toContain("left out: hostNetwork, hostPID, hostIPC, hostPort");
  });

  test("options change the audited container and no other", () => {
    const { pod } = copy(
      {
        containers: [
          {
            name: "app",
            image: "a",
            command: ["x"],
            args: ["y"],
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "1" },
            ],
          },
          { name: "proxy", image: "p" },
        ],
      },
      { hold: true, env: [{ name: "A", value: "2" }] },
    );
    expect(container(pod, "app")).toMatchObject({
      command: ["/.sidescan/hold"],
      env: [{ name: "B" }, { name: "A", value: "2" }, { name: "SIDESCAN_TARGET" }],
    });
    expect(container(pod, "app")).not.toHaveProperty("args");
    expect(container(pod, "proxy")).toEqual({ name: "proxy", image: "p" });
  });
});

describe("volumes of a workload", () => {
  const claim: Partial<V1PodSpec> = {
    containers: [
      {
        name: "app",
        image: "a",
        volumeMounts: [
          { name: "data", mountPath: "/data" },
          { name: "conf", mountPath: "/c" },
        ],
      },
    ],
    volumes: [
      { name: "data", persistentVolumeClaim: { claimName: "pg" } },
      { name: "conf", configMap: { name: "c" } },
    ],
  };
  const host: Partial<V1PodSpec> = {
    containers: [
      {
        name: "app",
        image: "a",
        volumeMounts: [{ name: "docker", mountPath: "/s", mountPropagation: "Bidirectional" }],
      },
    ],
    volumes: [{ name: "docker", hostPath: { path: "/run/docker.sock" } }],
  };

  test("claims, host paths and network volumes are refused by default, with what can be done", () => {
    refused(claim, "mounts the claim pg", "--volumes empty");
    refused(host, "mounts the node's /run/docker.sock", "--volumes keep");
    refused({ volumes: [{ name: "n", nfs: { server: "s", path: "/" } }] }, "n (nfs)", "--volumes");
  });

  test("empty: an empty directory stands for them, and is said", () => {
    const made = copy(claim, { volumes: "empty" });
    expect(specOf(made.pod).volumes?.slice(-2)).toEqual([
      { name: "data", emptyDir: {} },
      { name: "conf", configMap: { name: "c" } },
    ]);
    expect(said(made)).toContain("the claim pg: empty directories instead");
  });

  test("keep: they are mounted read-only, and nothing of the copy reaches the node's other mounts", () => {
    expect(container(copy(claim, { volumes: "keep" }).pod, "app").volumeMounts).toEqual([
      { name: "data", mountPath: "/data", readOnly: true },
      { name: "conf", mountPath: "/c" },
    ]);
    expect(specOf(copy(claim, { volumes: "keep" }).pod).volumes).toContainEqual({
      name: "data",
      persistentVolumeClaim: { claimName: "pg", readOnly: true },
    });
    expect(container(copy(host, { volumes: "keep" }).pod, "app").volumeMounts).toEqual([
      { name: "docker", mountPath: "/s", readOnly: true },
    ]);
  });

  test("what a StatefulSet's controller would add to its first pod stands for all of them", () => {
    const mounts = {
      containers: [{ name: "app", image: "a", volumeMounts: [{ name: "data", mountPath: "/d" }] }],
    };
    refused(mounts, "the claim data-pg-0", "--volumes", "statefulset/pg");
    const { pod } = copy(mounts, { reference: "statefulset/pg", volumes: "keep" });
    expect(specOf(pod).volumes?.at(-1)).toEqual({
      name: "data",
      persistentVolumeClaim: { claimName: "data-pg-0", readOnly: true },
    });
  });

  test("block devices go with their claims", () => {
    const block: Partial<V1PodSpec> = {
      containers: [{ name: "app", image: "a", volumeDevices: [{ name: "data", devicePath: "/dev/x" }] }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "pg" } }],
    };
    expect(container(copy(block, { volumes: "empty" }).pod, "app")).not.toHaveProperty("volumeDevices");
    expect(container(copy(block, { volumes: "keep" }).pod, "app")).toHaveProperty("volumeDevices");
  });
});

describe("the copy of a pod that runs", () => {
  test("leaves out what the cluster added to it: node, token, ephemeral containers", () => {
    const token = {
      name: "kube-api-access-x",
      mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
      readOnly: true,
    };
    const { pod } = copy(
      {
        nodeName: "n1",
        containers: [{ name: "app", image: "a", volumeMounts: [token] }],
        volumes: [{ name: "kube-api-access-x", projected: { sources: [] } }],
        ephemeralContainers: [{ name: "debug", image: "d" }],
        preemptionPolicy: "PreemptLowerPriority",
        serviceAccount: "web",
      },
      { reference: "pod/web" },
    );
    expect(container(pod, "app").volumeMounts ?? []).toEqual([]);
    expect(specOf(pod).volumes?.map(({ name }) => name)).not.toContain("kube-api-access-x");
    for (const field of ["nodeName", "ephemeralContainers", "preemptionPolicy", "serviceAccount"])
      expect(specOf(pod)).not.toHaveProperty(field);
    expect(specOf(pod).serviceAccountName).toBe("web");
  });
});

describe("what no copy can be made of", () => {
  test("says why", () => {
    refused({ containers: [{ name: "other", image: "a" }] }, "has no container app", "It has: other");
    refused(
      {
        containers: [
          { name: "app", image: "a" },
          { name: "sidescan", image: "s" },
        ],
      },
      "already has a container sidescan",
      "scan pod/NAME",
    );
    expect(() => copy({ os: { name: "windows" } })).toThrow("runs on Windows");
  });
});
