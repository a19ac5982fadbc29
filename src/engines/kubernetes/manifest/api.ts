/** The objects of the Kubernetes API as what they are here: plain data, of the shapes that its official client declares as classes. */
import type * as api from "@kubernetes/client-node/dist/gen/models/all.js";

type Plain<Value> = Value extends Date | string | number | boolean | null | undefined
  ? Value
  : Value extends (infer Item)[]
    ? Plain<Item>[]
    : { [Key in keyof Value]: Plain<Value[Key]> };

export type CoreV1Event = Plain<api.CoreV1Event>;
export type V1Affinity = Plain<api.V1Affinity>;
export type V1ConfigMap = Plain<api.V1ConfigMap>;
export type V1Container = Plain<api.V1Container>;
export type V1ContainerStatus = Plain<api.V1ContainerStatus>;
export type V1EnvFromSource = Plain<api.V1EnvFromSource>;
export type V1EnvVar = Plain<api.V1EnvVar>;
export type V1ObjectMeta = Plain<api.V1ObjectMeta>;
export type V1OwnerReference = Plain<api.V1OwnerReference>;
export type V1Pod = Plain<api.V1Pod>;
export type V1PodSecurityContext = Plain<api.V1PodSecurityContext>;
export type V1PodSpec = Plain<api.V1PodSpec>;
export type V1PodTemplateSpec = Plain<api.V1PodTemplateSpec>;
export type V1Secret = Plain<api.V1Secret>;
export type V1SecurityContext = Plain<api.V1SecurityContext>;
export type V1Toleration = Plain<api.V1Toleration>;
export type V1Volume = Plain<api.V1Volume>;
export type V1VolumeMount = Plain<api.V1VolumeMount>;
