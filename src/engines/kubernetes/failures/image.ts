/** The image of a container that cannot be had, and what to do for ours. Pure. */
import type { V1ContainerStatus, V1Pod } from "../manifest/api.ts";
import { isOurs, type Cast, type Trouble } from "./trouble.ts";

/** The reasons for which a container waits, when it is its image that it lacks. */
export const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);

/** What to do when the scanner's image is not there, or is none. */
export const scannerImageHint =
  "Build it with `npm run image` and put it where the cluster gets its images from, or name yours with --scanner-image; " +
  "with --scanner-kit any image that holds CINC Auditor or InSpec will do.";

/** The back-off's own words, which say nothing; newer kubelets add the cause. */
const bareBackOff = /^Back-off pulling image "[^"]*"$/u;

/** @param reason one of `pullReasons`; @param said what the kubelet adds to it, or nothing */
export function pullTrouble(
  pod: V1Pod,
  status: V1ContainerStatus,
  reason: string,
  said: string,
  cast: Cast,
): Trouble {
  const { name } = status;
  const image = imageOf(pod, name) ?? status.image;
  const ours = isOurs(name, cast);
  const whose = ours ? "scanner's" : name === cast.target ? "target's" : `container ${name}'s`;
  const why: Record<string, string> = {
    InvalidImageName: "is no image name",
    ErrImageNeverPull: "is not on the node, and may not be pulled",
  };
  return {
    message: `The ${whose} image ${image} ${why[reason] ?? "cannot be pulled"} (${reason}).`,
    details: said === "" || bareBackOff.test(said) ? [] : [said],
    hint: ours
      ? scannerImageHint
      : reason === "ErrImageNeverPull"
        ? "Put the image on the node, or allow pulling: --image-pull-policy IfNotPresent"
        : reason === "InvalidImageName"
          ? "Images are named such as registry/name:tag."
          : "Is the name right, and is it in a registry that the nodes reach? Private ones need --image-pull-secret NAME.",
  };
}

const imageOf = (pod: V1Pod, name: string): string | undefined =>
  [
    ...(pod.spec?.initContainers ?? []),
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.ephemeralContainers ?? []),
  ].find((one) => one.name === name)?.image;
