import { describe, expect, test } from "vitest";
import type { V1Container, V1Pod } from "../../../src/engines/kubernetes/manifest/api.ts";
import { securityLevel, violations } from "../../../src/engines/kubernetes/manifest/security.ts";

const good: V1Container = {
  name: "c",
  image: "i",
  securityContext: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
};
const pod = (spec: object = {}, metadata: object = {}): V1Pod => ({
  metadata,
  spec: { containers: [good], ...spec },
});
const having = (securityContext: object, fields: object = {}): V1Pod =>
  pod({
    containers: [{ ...good, ...fields, securityContext: { ...good.securityContext, ...securityContext } }],
  });
const broken = (one: V1Pod) => violations(one).map(({ level, field }) => [level, field]);

test("a pod that breaks nothing meets restricted", () => {
  expect(violations(pod())).toEqual([]);
  expect(securityLevel(pod())).toBe("restricted");
});

describe("baseline forbids", () => {
  const c = "spec.containers[c]";
  test.each<[string, V1Pod, string]>([
    [
      "HostProcess",
      having({ windowsOptions: { hostProcess: true } }),
      `${c}.securityContext.windowsOptions.hostProcess`,
    ],
    [
      "HostProcess of the pod",
      pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
      "spec.securityContext.windowsOptions.hostProcess",
    ],
    ["hostNetwork", pod({ hostNetwork: true }), "spec.hostNetwork"],
    ["hostPID", pod({ hostPID: true }), "spec.hostPID"],
    ["hostIPC", pod({ hostIPC: true }), "spec.hostIPC"],
    ["privileged containers", having({ privileged: true }), `${c}.securityContext.privileged`],
    [
      "NET_RAW",
      having({ capabilities: { drop: ["ALL"], add: ["NET_RAW"] } }),
      `${c}.securityContext.capabilities.add`,
    ],
    ["host paths", pod({ volumes: [{ name: "v", hostPath: { path: "/" } }] }), "spec.volumes[v].hostPath"],
    ["host ports", having({}, { ports: [{ containerPort: 1, hostPort: 1 }] }), `${c}.ports[*].hostPort`],
    [
      "probes of other hosts",
      having({}, { livenessProbe: { httpGet: { host: "x", port: 1 } } }),
      `${c}.livenessProbe.httpGet.host`,
    ],
    [
      "hooks to other hosts",
      having({}, { lifecycle: { preStop: { tcpSocket: { host: "x", port: 1 } } } }),
      `${c}.lifecycle.preStop.tcpSocket.host`,
    ],
    [
      "no AppArmor",
      having({ appArmorProfile: { type: "Unconfined" } }),
      `${c}.securityContext.appArmorProfile.type`,
    ],
    [
      "no AppArmor by annotation",
      pod({}, { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } }),
      "metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]",
    ],
    [
      "SELinux types",
      having({ seLinuxOptions: { type: "spc_t" } }),
      `${c}.securityContext.seLinuxOptions.type`,
    ],
    [
      "SELinux users",
      pod({ securityContext: { seLinuxOptions: { user: "u" } } }),
      "spec.securityContext.seLinuxOptions.user",
    ],
    ["an unmasked /proc", having({ procMount: "Unmasked" }), `${c}.securityContext.procMount`],
    [
      "no seccomp",
      pod({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
      "spec.securityContext.seccompProfile.type",
    ],
    [
      "other sysctls",
      pod({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }),
      "spec.securityContext.sysctls[kernel.msgmax]",
    ],
  ])("%s", (_, one, field) => {
    expect(broken(one)).toContainEqual(["baseline", field]);
    expect(securityLevel(one)).toBe("privileged");
  });

  test("in init and ephemeral containers as well", () => {
    const bad = { ...good, securityContext: { ...good.securityContext, privileged: true } };
    expect(broken(pod({ initContainers: [bad] }))).toEqual([
      ["baseline", "spec.initContainers[c].securityContext.privileged"],
    ]);
    expect(broken(pod({ ephemeralContainers: [bad] }))).toEqual([
      ["baseline", "spec.ephemeralContainers[c].securityContext.privileged"],
    ]);
  });

  test("not what it lists as allowed", () => {
    const allowed = having({
      capabilities: { drop: ["ALL"], add: ["SYS_CHROOT", "SETUID", "SETGID"] },
      seLinuxOptions: { type: "container_t" },
      appArmorProfile: { type: "Localhost" },
    });
    expect(securityLevel(allowed)).toBe("baseline");
    expect(
      securityLevel(pod({ securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } })),
    ).toBe("restricted");
  });
});

describe("restricted also wants", () => {
  test.each<[string, V1Pod, string]>([
    [
      "plain kinds of volumes",
      pod({ volumes: [{ name: "n", nfs: { server: "s", path: "/" } }] }),
      "spec.volumes[n]",
    ],
    [
      "no escalation",
      having({ allowPrivilegeEscalation: undefined }),
      "spec.containers[c].securityContext.allowPrivilegeEscalation",
    ],
    ["non-root", having({ runAsNonRoot: undefined }), "spec.containers[c].securityContext.runAsNonRoot"],
    [
      "non-root of a container although the pod says so",
      {
        spec: {
          securityContext: { runAsNonRoot: true },
          containers: [{ ...good, securityContext: { ...good.securityContext, runAsNonRoot: false } }],
        },
      },
      "spec.containers[c].securityContext.runAsNonRoot",
    ],
    ["a user that is not 0", having({ runAsUser: 0 }), "spec.containers[c].securityContext.runAsUser"],
    [
      "a user of the pod that is not 0",
      pod({ securityContext: { runAsUser: 0 } }),
      "spec.securityContext.runAsUser",
    ],
    ["seccomp", having({ seccompProfile: undefined }), "spec.containers[c].securityContext.seccompProfile"],
    [
      "no capabilities",
      having({ capabilities: { drop: ["NET_RAW"] } }),
      "spec.containers[c].securityContext.capabilities.drop",
    ],
    [
      "none added",
      having({ capabilities: { drop: ["ALL"], add: ["CHOWN"] } }),
      "spec.containers[c].securityContext.capabilities.add",
    ],
  ])("%s", (_, one, field) => {
    expect(broken(one)).toEqual([["restricted", field]]);
    expect(securityLevel(one)).toBe("baseline");
  });

  test("and takes the pod's word for containers that say nothing", () => {
    const { runAsNonRoot: _root, seccompProfile: _seccomp, ...rest } = good.securityContext ?? {};
    const one = pod({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [{ ...good, securityContext: rest }],
    });
    expect(violations(one)).toEqual([]);
  });
});
