/** What is wrong with a pod: the first cause that its status and its events name, in words, with what to do. Pure. */
import type { V1ContainerStatus } from "./manifest/api.ts";
import { containerTrouble } from "./failures/container.ts";
import type { Cast, Trouble } from "./failures/trouble.ts";
import { volumeTrouble } from "./failures/volume.ts";
import { wholePod } from "./failures/whole-pod.ts";
import type { Sight } from "./follow.ts";
import { statusesOf } from "./pod-status.ts";

/** Null while all is well, or may still become so. */
export function podTrouble({ pod, gone, events }: Sight, cast: Cast): Trouble | null {
  return (
    wholePod(pod, gone) ??
    firstOf(statusesOf(pod).filter(concerns(cast)), (status) => containerTrouble(pod, status, cast)) ??
    (cast.shared ? null : firstOf(events, (event) => volumeTrouble(event, cast.own)))
  );
}

const concerns =
  ({ shared, scanner, target }: Cast) =>
  ({ name }: V1ContainerStatus): boolean =>
    !shared || name === scanner || name === target;

function firstOf<Item, Found>(items: Item[], look: (item: Item) => Found | null): Found | null {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}
