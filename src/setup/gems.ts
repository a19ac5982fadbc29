/** Installs the pinned auditor's gems by bundler, exactly as the committed lock says, into the runtime home. */
import { join } from "node:path";
import { cannotScan } from "../errors.ts";
import { bundlePath, scannerDir } from "./home.ts";
import { rubyEnv, type Ruby } from "./ruby.ts";
import { lastLines, run, shown } from "./run.ts";

/** Picks up where an interrupted one stopped. `dev`: with the gems of the Ruby tests. Throws (exit 3). */
export async function installGems(
  root: string,
  ruby: Ruby,
  dev: boolean,
  progress: (message: string) => void,
): Promise<void> {
  progress(`installing the auditor (inspec-core and its gems) for Ruby ${ruby.version}; about half a minute`);
  const env = {
    ...rubyEnv(),
    BUNDLE_GEMFILE: join(scannerDir, "Gemfile"),
    BUNDLE_PATH: bundlePath(root),
    // Bundler's own notes go here, and never into the folder of the Gemfile, which may be read-only.
    BUNDLE_APP_CONFIG: join(root, "bundler"),
    BUNDLE_FROZEN: "true",
    // Without bundler at run time the newest gem wins, so there must be no other than the locked one.
    BUNDLE_CLEAN: "true",
    BUNDLE_FORCE_RUBY_PLATFORM: "true",
    BUNDLE_JOBS: "4",
    BUNDLE_RETRY: "3",
    BUNDLE_SILENCE_ROOT_WARNING: "1",
    ...(dev ? {} : { BUNDLE_WITHOUT: "test" }),
  };
  const args = ["-S", "bundle", "install"];
  let installed = 0;
  const ran = await run(ruby.path, args, {
    env,
    cwd: root,
    line: (line) => {
      if (line.startsWith("Installing ") && ++installed % 20 === 0) progress(`${installed} gems installed`);
    },
  });
  if (ran.code !== 0)
    throw cannotScan(
      `The auditor's gems could not be installed: ${shown(ruby.path, args)} ended with ${ran.code ?? ran.signal}.`,
      {
        hint: "Is the gem server reachable? A mirror is set by: bundle config set --global mirror.https://HOST URL",
        details: lastLines(`${ran.stdout}\n${ran.stderr}`),
      },
    );
}
