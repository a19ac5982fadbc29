/**
 * The Pod Security Standards, field by field, as kubernetes.io publishes them (v1.34): which level a pod meets, and what keeps it from the
 * next. For Linux pods. Pure.
 */
import type {
  V1Container,
  V1ObjectMeta,
  V1Pod,
  V1PodSecurityContext,
  V1PodSpec,
  V1SecurityContext,
} from "./api.ts";
import type { SecurityLevel } from "./types.ts";

/** `level` is the lowest standard that forbids it. */
export type Violation = { level: "baseline" | "restricted"; check: string; field: string };

type Named = { path: string; container: V1Container };
type Seen = { spec: V1PodSpec; metadata: V1ObjectMeta; containers: Named[] };
/** The fields that break a check. */
type Check = (seen: Seen) => string[];

const allowedCapabilities = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const allowedSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_syncookies",
]);
const allowedTypes = new Set([
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
]);
const allowedVolumes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const confined = ["RuntimeDefault", "Localhost"];

const baseline: Record<string, Check> = {
  HostProcess: everyContext((context) =>
    context.windowsOptions?.hostProcess === true ? ["windowsOptions.hostProcess"] : [],
  ),
  "Host Namespaces": ({ spec }) =>
    (["hostNetwork", "hostPID", "hostIPC"] as const)
      .filter((field) => spec[field] === true)
      .map((field) => `spec.${field}`),
  "Privileged Containers": everyContainer(({ securityContext }) =>
    securityContext?.privileged === true ? ["securityContext.privileged"] : [],
  ),
  Capabilities: everyContainer(({ securityContext }) =>
    securityContext?.capabilities?.add?.every((name) => allowedCapabilities.has(name)) === false
      ? ["securityContext.capabilities.add"]
      : [],
  ),
  "HostPath Volumes": ({ spec }) =>
    (spec.volumes ?? [])
      .filter(({ hostPath }) => hostPath !== undefined)
      .map(({ name }) => `spec.volumes[${name}].hostPath`),
  "Host Ports": everyContainer(({ ports = [] }) =>
    ports.some(({ hostPort }) => hostPort) ? ["ports[*].hostPort"] : [],
  ),
  "Host Probes / Lifecycle Hooks": everyContainer(probeHosts),
  AppArmor: (seen) => [
    ...everyContext(({ appArmorProfile }) =>
      appArmorProfile === undefined || confined.includes(appArmorProfile.type)
        ? []
        : ["appArmorProfile.type"],
    )(seen),
    ...Object.entries(seen.metadata.annotations ?? {})
      .filter(
        ([key, value]) =>
          key.startsWith("container.apparmor.security.beta.kubernetes.io/") &&
          value !== "" &&
          value !== "runtime/default" &&
          !value.startsWith("localhost/"),
      )
      .map(([key]) => `metadata.annotations[${key}]`),
  ],
  SELinux: everyContext(({ seLinuxOptions }) => [
    ...(allowedTypes.has(seLinuxOptions?.type ?? "") ? [] : ["seLinuxOptions.type"]),
    ...(["user", "role"] as const)
      .filter((field) => seLinuxOptions?.[field])
      .map((field) => `seLinuxOptions.${field}`),
  ]),
  "/proc Mount Type": everyContainer(({ securityContext }) =>
    (securityContext?.procMount ?? "Default") === "Default" ? [] : ["securityContext.procMount"],
  ),
  Seccomp: everyContext(({ seccompProfile }) =>
    seccompProfile === undefined || confined.includes(seccompProfile.type) ? [] : ["seccompProfile.type"],
  ),
  Sysctls: ({ spec }) =>
    (spec.securityContext?.sysctls ?? [])
      .filter(({ name }) => !allowedSysctls.has(name))
      .map(({ name }) => `spec.securityContext.sysctls[${name}]`),
};

const restricted: Record<string, Check> = {
  "Volume Types": ({ spec }) =>
    (spec.volumes ?? [])
      .filter((volume) => !Object.keys(volume).some((kind) => allowedVolumes.has(kind)))
      .map(({ name }) => `spec.volumes[${name}]`),
  "Privilege Escalation": everyContainer(({ securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false ? [] : ["securityContext.allowPrivilegeEscalation"],
  ),
  "Running as Non-root": inherited("runAsNonRoot", (value) => value === true),
  "Running as Non-root user": everyContext(({ runAsUser }) => (runAsUser === 0 ? ["runAsUser"] : [])),
  Seccomp: inherited("seccompProfile", (value) => value !== undefined && confined.includes(value.type)),
  Capabilities: everyContainer(({ securityContext }) => [
    ...(securityContext?.capabilities?.drop?.includes("ALL") === true
      ? []
      : ["securityContext.capabilities.drop"]),
    ...(securityContext?.capabilities?.add?.every((name) => name === "NET_BIND_SERVICE") === false
      ? ["securityContext.capabilities.add"]
      : []),
  ]),
};

/** What of the standards a pod breaks; nothing: it meets restricted. */
export function violations(pod: Pick<V1Pod, "metadata" | "spec">): Violation[] {
  const spec = pod.spec ?? { containers: [] };
  const containers = (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container) => ({
      path: `spec.${list}[${container.name}]`,
      container,
    })),
  );
  const seen = { spec, metadata: pod.metadata ?? {}, containers };
  const found = (level: Violation["level"], checks: Record<string, Check>): Violation[] =>
    Object.entries(checks).flatMap(([check, fields]) =>
      fields(seen).map((field) => ({ level, check, field })),
    );
  return [...found("baseline", baseline), ...found("restricted", restricted)];
}

/** The strictest standard that a pod meets. */
export function securityLevel(pod: Pick<V1Pod, "metadata" | "spec">): SecurityLevel {
  const broken = violations(pod);
  if (broken.length === 0) return "restricted";
  return broken.some(({ level }) => level === "baseline") ? "privileged" : "baseline";
}

function everyContainer(fields: (container: V1Container) => string[]): Check {
  return ({ containers }) =>
    containers.flatMap(({ path, container }) => fields(container).map((field) => `${path}.${field}`));
}

/** The pod's own context and each container's. */
function everyContext(fields: (context: V1SecurityContext & V1PodSecurityContext) => string[]): Check {
  return (seen) => [
    ...fields(seen.spec.securityContext ?? {}).map((field) => `spec.securityContext.${field}`),
    ...everyContainer(({ securityContext }) =>
      fields(securityContext ?? {}).map((field) => `securityContext.${field}`),
    )(seen),
  ];
}

/** The pod may say it for all; a container that says otherwise breaks it. */
function inherited<Field extends "runAsNonRoot" | "seccompProfile">(
  field: Field,
  good: (value: V1SecurityContext[Field] | undefined) => boolean,
): Check {
  return (seen) => {
    const all = seen.spec.securityContext?.[field];
    return everyContainer(({ securityContext }) =>
      good(securityContext?.[field] ?? all) ? [] : [`securityContext.${field}`],
    )(seen);
  };
}

function probeHosts(container: V1Container): string[] {
  const probes = (["livenessProbe", "readinessProbe", "startupProbe"] as const).map(
    (name) => [name, container[name]] as const,
  );
  const hooks = (["postStart", "preStop"] as const).map(
    (name) => [`lifecycle.${name}`, container.lifecycle?.[name]] as const,
  );
  return [...probes, ...hooks].flatMap(([name, handler]) =>
    (["httpGet", "tcpSocket"] as const)
      .filter((kind) => handler?.[kind]?.host)
      .map((kind) => `${name}.${kind}.host`),
  );
}
