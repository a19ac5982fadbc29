/** What `npm publish` would give away, installed into an empty folder and used as a stranger would. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { runtimeRoot } from "../../src/setup/home.ts";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const repository = join(import.meta.dirname, "..", "..");
let folder: string;

/** The Node that people have, not the newer one that this project's own scripts run on. */
const path = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((entry) => !entry.includes("node_modules"))
  .join(delimiter);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidescan-package-"));
  const empty = join(folder, "app");
  await mkdir(empty);
  // The build is the script's that runs this project, so that packing builds nothing twice.
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: repository });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  await writeFile(join(empty, "package.json"), '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, tarball)], {
    cwd: empty,
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const sidescan = (...args: string[]) => sidescanAt(join(folder, "home"), ...args);

/** `home`: where it finds, or does not find, the auditor. */
async function sidescanAt(
  home: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, PATH: path, SIDESCAN_HOME: home };
  try {
    const ran = await run(join(folder, "app", "node_modules", ".bin", "sidescan"), args, {
      cwd: join(folder, "app"),
      env,
    });
    return { code: 0, ...ran };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test("the installed command prints its help", async () => {
  const { code, stdout } = await sidescan("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("sidescan scan");
});

test("the installed command knows its version", async () => {
  const { stdout } = await sidescan("--version");
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/u);
});

test("the installed command judges results against a threshold", async () => {
  const control = {
    id: "one",
    title: null,
    desc: null,
    descriptions: [],
    impact: 0.7,
    refs: [],
    tags: {},
    code: "",
    source_location: { ref: "one.rb", line: 1 },
    results: [
      {
        status: "failed",
        code_desc: "it fails",
        run_time: 0.1,
        start_time: "2026-01-01T00:00:00+00:00",
        message: "no",
      },
    ],
  };
  const results = {
    platform: { name: "debian", release: "12" },
    profiles: [
      {
        name: "p",
        version: "1.0.0",
        sha256: "0",
        supports: [],
        attributes: [],
        groups: [],
        controls: [control],
        status: "loaded",
      },
    ],
    statistics: { duration: 0.1 },
    version: "5.24.24",
  };
  await writeFile(join(folder, "app", "results.json"), JSON.stringify(results));
  await writeFile(join(folder, "app", "lenient.yml"), "failed:\n  high:\n    max: 1\n");
  await writeFile(join(folder, "app", "strict.yml"), "failed:\n  high:\n    max: 0\n");
  expect((await sidescan("check", "results.json", "-t", "lenient.yml")).code).toBe(0);
  const strict = await sidescan("check", "results.json", "-t", "strict.yml");
  expect(strict.code).toBe(1);
  expect(strict.stdout).toContain("one");
});

test("the installed command says what to run when nothing is set up", async () => {
  await mkdir(join(folder, "app", "root"), { recursive: true });
  await mkdir(join(folder, "app", "profile"), { recursive: true });
  await writeFile(join(folder, "app", "profile", "inspec.yml"), "name: p\nversion: 1.0.0\n");
  await mkdir(join(folder, "app", "profile", "controls"), { recursive: true });
  await writeFile(
    join(folder, "app", "profile", "controls", "a.rb"),
    'control("a") { describe(1) { it { should eq 1 } } }\n',
  );
  const { code, stderr } = await sidescan("scan", "dir:root", "-p", "profile");
  expect(code).toBe(3);
  expect(stderr).toContain("sidescan setup");
});

test.skipIf(process.getuid?.() !== 0)(
  "the installed command audits, also on the oldest Node that it says it runs on",
  async () => {
    const { code, stdout, stderr } = await sidescanAt(
      runtimeRoot(),
      "scan",
      "dir:root",
      "-p",
      "profile",
      "--json",
    );
    expect(stderr).not.toContain("failed:");
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 0,
      verdict: "passed",
      counts: { passed: { total: 1 } },
    });
  },
);

test("the package holds the scanner and the schemas, and no tests of theirs", () => {
  const installed = join(folder, "app", "node_modules", "sidescan");
  expect(existsSync(join(installed, "scanner", "Gemfile.lock"))).toBe(true);
  expect(existsSync(join(installed, "scanner", "agent", "bin", "sidescan-agent"))).toBe(true);
  expect(existsSync(join(installed, "scanner", "tools", "build.rb"))).toBe(true);
  expect(existsSync(join(installed, "schema", "agent-events.schema.json"))).toBe(true);
  expect(existsSync(join(installed, "scanner", "agent", "test"))).toBe(false);
});

test("a TypeScript program that imports the library compiles against its types, and so does the README's example", async () => {
  const app = join(folder, "app");
  await writeFile(
    join(app, "consumer.ts"),
    'import { checkThreshold, scan } from "sidescan";\nexport const outcome: string = checkThreshold("{}", "{}", { mode: "strict" }).verdict;\nexport const run: typeof scan = scan;\n',
  );
  const example = /```ts\n(.*?)```/su.exec(await readFile(join(repository, "README.md"), "utf8"))?.[1] ?? "";
  expect(example).toContain('from "sidescan"');
  await writeFile(join(app, "example.mts"), example);
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"];
  const roots = ["--typeRoots", join(repository, "node_modules", "@types")];
  const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
  const ran = await run(process.execPath, [tsc, ...options, ...roots, "consumer.ts", "example.mts"], {
    cwd: app,
  }).catch((error: { stdout: string }) => error);
  expect(ran.stdout).toBe("");
});

test("the package brings the licence of every library that its files contain", async () => {
  const dist = join(folder, "app", "node_modules", "sidescan", "dist");
  const notices = await readFile(join(dist, "THIRD-PARTY.md"), "utf8");
  for (const name of ["commander", "yaml"]) expect(notices).toContain(`## ${name} `);
  expect(notices.match(/permission notice/giu)?.length).toBeGreaterThanOrEqual(2);
});
