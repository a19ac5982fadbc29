/** Makes the supplied shell and GNU tools (scanner/tools/build.rb), aside first, so that a half-made set is never taken for whole. */
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scannerDir, toolsDigest, toolsPath } from "./home.ts";
import { rubyEnv, type Ruby } from "./ruby.ts";
import { lastLines, run, shown } from "./run.ts";

/** `digest`: what the tools were made from, null when they could not be made; `missing`: why. Never throws for a failed build. */
export async function ensureTools(
  root: string,
  ruby: Ruby,
  progress: (message: string) => void,
): Promise<{ digest: string | null; built: boolean; missing: string | null }> {
  const digest = toolsDigest();
  if (digest === null)
    return { digest: null, built: false, missing: "this package holds no builder for them" };
  const folder = toolsPath(root);
  if ((await madeFrom(folder)) === digest && existsSync(join(folder, "manifest.json")))
    return { digest, built: false, missing: null };

  progress("making the supplied shell and GNU tools from Debian's packages");
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  const args = [join(scannerDir, "tools", "build.rb"), fresh];
  const ran = await run(ruby.path, args, {
    env: rubyEnv(),
    cwd: root,
    line: (line) => progress(`  ${line}`),
  });
  if (ran.code !== 0 || !existsSync(join(fresh, "manifest.json"))) {
    await rm(fresh, { recursive: true, force: true });
    const missing = `${shown(ruby.path, args)} ended with ${ran.code ?? ran.signal}: ${lastLines(ran.stderr, 3).join(" / ")}`;
    progress(`no supplied tools: ${missing}`);
    return { digest: null, built: false, missing };
  }
  await writeFile(join(fresh, stampName), digest);
  await rm(`${folder}.old`, { recursive: true, force: true });
  if (existsSync(folder)) await rename(folder, `${folder}.old`);
  await rename(fresh, folder);
  await rm(`${folder}.old`, { recursive: true, force: true });
  return { digest, built: true, missing: null };
}

/** Kept beside the tools, so that they outlive a change of the gems. */
const stampName = ".made-from";

const madeFrom = (folder: string): Promise<string | null> =>
  readFile(join(folder, stampName), "utf8").catch(() => null);
