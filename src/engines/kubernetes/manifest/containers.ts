/** Our own containers: the scanner, the one that holds its tools apart, and the one that brings the hold program. Pure. */
import type { V1Container, V1EnvVar, V1SecurityContext, V1Volume, V1VolumeMount } from "./api.ts";
import { scannerSecurity, type Access } from "./access.ts";
import { holdContainer, paths, scannerContainer, toolsContainer } from "./names.ts";
import type { Kit, PodOptions } from "./types.ts";

const resources = {
  scanner: { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  small: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
};

/** Of containers that only hold or copy a file. */
const nobody: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** Volumes of ours. */
export const volumeNames = {
  spec: "sidescan-spec",
  profiles: "sidescan-profiles",
  results: "sidescan-results",
  work: "sidescan-work",
  kit: "sidescan-kit",
  hold: "sidescan-hold",
} as const;

type Image = Pick<PodOptions, "scannerImage" | "imagePullPolicy">;

/** @param kit what makes a scanner of an image that has only the auditor */
export function scannerOf(image: Image, access: Access, kit: Kit | null): V1Container {
  const spec = `${paths.spec}/spec.json`;
  return {
    name: scannerContainer,
    ...imageOf(image),
    command: kit === null ? [paths.agent, "--spec", spec] : [...kit.command, "--spec", spec],
    env: homeIn(paths.work),
    securityContext: scannerSecurity(access),
    resources: resources.scanner,
    volumeMounts: [
      readOnly(volumeNames.spec, paths.spec),
      readOnly(volumeNames.profiles, paths.profiles),
      ...(kit === null ? [] : [readOnly(volumeNames.kit, paths.kit)]),
      { name: volumeNames.results, mountPath: paths.results },
      { name: volumeNames.work, mountPath: paths.work },
    ],
  };
}

/**
 * Commands inherit a descriptor of the directory of supplied tools, and a hostile root target could climb from there: so the tools lie in a
 * container that holds nothing else.
 */
export const toolsOf = (image: Image, run: string): V1Container => ({
  name: toolsContainer,
  ...imageOf(image),
  command: [paths.hold, toolsContainer, run],
  securityContext: nobody,
  resources: resources.small,
});

/** The scanner's image knows the node's architecture; the caller does not. */
export const holdOf = (image: Image, kit: Kit | null): V1Container => ({
  name: holdContainer,
  ...imageOf(image),
  command:
    kit === null ? [paths.hold, "--copy-to", paths.held] : [...kit.command, "--copy-hold-to", paths.held],
  securityContext: nobody,
  resources: resources.small,
  volumeMounts: [
    ...(kit === null ? [] : [readOnly(volumeNames.kit, paths.kit)]),
    { name: volumeNames.hold, mountPath: paths.held },
  ],
});

export const resultsVolume: V1Volume = { name: volumeNames.results, emptyDir: { sizeLimit: "256Mi" } };
export const workVolume: V1Volume = { name: volumeNames.work, emptyDir: { sizeLimit: "512Mi" } };
export const holdVolume: V1Volume = { name: volumeNames.hold, emptyDir: { sizeLimit: "1Mi" } };

/** Readable by the scanner alone where it is root; any other user has no other way than by everybody's bit. */
export const secretVolume = (secretName: string, access: Access): V1Volume => ({
  name: volumeNames.spec,
  secret: { secretName, defaultMode: access.rung === "restricted" ? 0o444 : 0o400 },
});

/** @param name of its ConfigMap */
export const kitVolume = (name: string): V1Volume => ({
  name: volumeNames.kit,
  configMap: { name, defaultMode: 0o444 },
});

export const homeIn = (directory: string): V1EnvVar[] => [
  { name: "HOME", value: directory },
  { name: "TMPDIR", value: directory },
];

export const readOnly = (name: string, mountPath: string): V1VolumeMount => ({
  name,
  mountPath,
  readOnly: true,
});

const imageOf = ({
  scannerImage,
  imagePullPolicy,
}: Image): Pick<V1Container, "image" | "imagePullPolicy"> => ({
  image: scannerImage,
  imagePullPolicy: imagePullPolicy ?? "IfNotPresent",
});
