/** What the local engine would make for a target, and why; nothing is made. */
import type { LocalTarget } from "../../target/target.ts";
import type { PlanStep } from "../engine.ts";
import { mainProcess } from "./image-config.ts";
import { usableDirectory } from "./directory.ts";
import { hiddenOwnership, mapping, unshare } from "./namespaces.ts";
import { startTime } from "./process.ts";

/** @throws SidescanError as deploying would: what is missing is told before anything is started */
export const planLocally = (target: LocalTarget): Promise<PlanStep[]> =>
  target.kind === "dir" ? planDirectory(target) : planProcess(target.pid);

async function planDirectory(target: Extract<LocalTarget, { kind: "dir" }>): Promise<PlanStep[]> {
  const directory = await usableDirectory(target.path);
  const { user, group, cwd, argv } = await mainProcess(target);
  const how = mapping();
  const who = [user ?? "0", ...(group === null ? [] : [group])].join(":");
  const rights =
    user === null || user === "0" || user === "root"
      ? "with the default capabilities of a container runtime"
      : "without capabilities, as a container runtime starts it";
  return [
    {
      what: `namespaces: ${unshare(how).join(" ")}`,
      why: "target and auditor stand beside each other as in a pod, and end with the scan, also when sidescan is killed",
    },
    {
      what: `root: ${directory} as the lower layer of an overlay; the upper one is in memory`,
      why: "the directory is never written to; /proc, /dev and /sys are mounted as a container runtime does",
    },
    {
      what: `main process: ${argv === null ? "a holder that only waits" : argv.join(" ")}, as user ${who}${cwd === null ? "" : ` in ${cwd}`}, ${rights}`,
      why:
        argv === null
          ? "the image's own program runs only with --run"
          : "--run starts what the image config names",
    },
    how === "none"
      ? { what: "access: as root, with all capabilities", why: "every file of the target can be read" }
      : { what: "access: in a user namespace", why: hiddenOwnership },
  ];
}

async function planProcess(pid: number): Promise<PlanStep[]> {
  const start = await startTime(pid);
  return [
    {
      what: `target: process ${pid}, started ${start} clock ticks after boot`,
      why: "should its number be used again, the later process is not audited",
    },
    {
      what: "agent: beside it, in the namespaces of sidescan itself",
      why: "nothing is started in, or added to, the target's namespaces but the commands of the profile",
    },
    process.geteuid?.() === 0
      ? { what: "access: as root, with all capabilities", why: "the root of any process can be entered" }
      : {
          what: "access: as this user",
          why: "only processes of your own without more rights than yours can be entered",
        },
  ];
}
