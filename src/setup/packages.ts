/** Debian packages: installed when that is possible without asking anybody, else named in a command to run. */
import { cannotScan } from "../errors.ts";
import { which } from "./ruby.ts";
import { lastLines, run, shown } from "./run.ts";

type Step = { file: string; args: string[] };

/** Seconds to wait for another installation that is going on; apt-get would give up at once. */
const patience = ["-o", "DPkg::Lock::Timeout=300"];

/** Throws (exit 3) with the exact command when they cannot be installed from here. */
export async function installPackages(
  names: string[],
  why: string,
  progress: (message: string) => void,
): Promise<void> {
  const install = (runner: string[]): Step[] =>
    [
      ["apt-get", "update", "-qq", ...patience],
      ["apt-get", "install", "-y", "-qq", ...patience, "--no-install-recommends", ...names],
    ].map((words) => {
      const [file = "", ...args] = [...runner, ...words];
      return { file, args };
    });
  const byHand = install(["sudo"]).map(({ file, args }) =>
    shown(
      file,
      args.filter((word) => word !== "-qq" && !patience.includes(word)),
    ),
  );

  if (which("apt-get") === null)
    throw cannotScan(why, {
      hint: `This is no Debian: install by your package manager what Debian calls: ${names.join(" ")}; then run the set-up again`,
    });
  const root = process.getuid?.() === 0;
  if (!root && (await run("sudo", ["-n", "true"])).code !== 0)
    throw cannotScan(why, { hint: `Run: ${byHand.join(" && ")}; then run the set-up again` });

  progress(`installing Debian packages: ${names.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const { file, args } of install(root ? [] : ["sudo", "-n"])) {
    const ran = await run(file, args, { env });
    // A stale or unreachable extra repository must not stop an install that the others can serve.
    if (ran.code !== 0 && args.includes("install"))
      throw cannotScan(
        `${why} And they could not be installed: ${shown(file, args)} ended with ${ran.code ?? ran.signal}.`,
        {
          hint: `Run: ${byHand.join(" && ")}`,
          details: lastLines(ran.stderr || ran.stdout),
        },
      );
  }
}
