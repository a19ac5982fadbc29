/** Puts reports where the user wants them: whole or not at all, and never losing a result because one place is full. */
import { access, constants, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { cannotScan, messageOf, SidescanError, usageError } from "../errors.ts";
import type { CheckedOptions } from "../options.ts";
import type { Prepared } from "./prepare.ts";
import { evidenceSidecar } from "../reports/json.ts";
import {
  parseReporters,
  renderReport,
  type CliOptions,
  type Reporter,
  type ReportInput,
} from "../reports/report.ts";
import { targetSlug } from "../target/parse.ts";

/** Reports by name, and the file each was written to. */
export type ReportFiles = Record<string, string>;

export type Output = { reporters: Reporter[] | null; directory: string };

/** @throws SidescanError (exit code 2) when a reporter is unknown, or a directory cannot be made or written to */
export async function prepareOutput(options: CheckedOptions): Promise<Output> {
  const reporters = options.reporters === undefined ? null : parseReporters(options.reporters);
  const directories =
    reporters === null
      ? [options.output]
      : reporters.flatMap(({ file }) => (file === null ? [] : [dirname(file)]));
  for (const directory of directories) {
    try {
      await makeDirectory(resolve(directory));
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw usageError(
        `Reports cannot be written to ${directory}: ${messageOf(error)}`,
        "Name another directory with --output.",
      );
    }
  }
  for (const { file } of reporters ?? []) {
    if (file !== null && (await stat(file).catch(() => null))?.isDirectory() === true) {
      throw usageError(`The report file ${file} is a directory.`);
    }
  }
  return { reporters, directory: options.output };
}

/** The reporters of a scan: those that were asked for, else `cli` on stdout with `json` and `html` files in the output directory. */
export const reportersOf = (output: Output, baseName: string): Reporter[] =>
  output.reporters ?? [
    { name: "json", file: join(output.directory, `${baseName}.json`) },
    { name: "html", file: join(output.directory, `${baseName}.html`) },
    { name: "cli", file: null },
  ];

/**
 * Writes the files and returns them with what is to be printed on stdout.
 * @throws SidescanError (exit code 3) when a file cannot be written; it says where the result was saved instead
 */
export async function writeReports(
  input: ReportInput,
  reporters: Reporter[],
  terminal: CliOptions,
): Promise<{ files: ReportFiles; printed: string }> {
  const files: ReportFiles = {};
  for (const { name, file } of reporters) {
    if (file === null) continue;
    try {
      const sidecar = name === "json" ? evidenceSidecar(input) : null;
      if (sidecar !== null) {
        files.evidence = `${file.replace(/\.json$/u, "")}.evidence.json`;
        await writeWhole(files.evidence, sidecar);
      }
      const evidenceFile = files.evidence === undefined ? {} : { evidenceFile: basename(files.evidence) };
      await writeWhole(file, renderReport(name, { ...input, ...evidenceFile }));
    } catch (error) {
      throw await rescued(file, input, files, error);
    }
    files[name] = file;
  }
  const written = Object.entries(files).map(([name, path]) => ({ name, path }));
  const printed = reporters
    .filter(({ file }) => file === null)
    .map(({ name }) => renderReport(name, input, { ...terminal, files: written }))
    .join("");
  return { files, printed };
}

/** `<target>_<profile>_<UTC>`: Heimdall shows file names, so they say what was audited, by what, and when. */
export function reportBaseName({ target, profiles }: Prepared, started: Date): string {
  const [first, ...more] = profiles.map((profile) => profile.name.replaceAll(/[^\w.-]+/gu, "-").slice(0, 60));
  const utc = started
    .toISOString()
    .replace(/\.\d+Z$/u, "Z")
    .replaceAll(/[-:]/gu, "");
  return `${targetSlug(target)}_${first ?? "profile"}${more.length > 0 ? `+${more.length}` : ""}_${utc}`;
}

/** One level after the other: Node's own recursion never ends where a file system refuses new directories with ENOENT, as /proc does. */
async function makeDirectory(path: string): Promise<void> {
  if ((await stat(path).catch(() => null))?.isDirectory() === true) return;
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** A reader of `file` sees the old content or the whole new one. */
async function writeWhole(file: string, content: string): Promise<void> {
  const partial = join(dirname(file), `.${basename(file)}.${process.pid}.partial`);
  try {
    await writeFile(partial, content);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The audit may have taken long: keep its result somewhere else, and say where. */
async function rescued(
  file: string,
  input: ReportInput,
  written: ReportFiles,
  error: unknown,
): Promise<SidescanError> {
  const why = `Cannot write ${file}: ${messageOf(error)}`;
  if (written.json !== undefined) {
    return cannotScan(why, {
      hint: `The result itself is in ${written.json}; make the report again with: sidescan report ${written.json} --reporter NAME:FILE`,
      cause: error,
    });
  }
  try {
    const kept = join(await mkdtemp(join(tmpdir(), "sidescan-rescued-")), "result.json");
    await writeWhole(kept, renderReport("json", input));
    return cannotScan(why, {
      hint: `The result is kept in ${kept}: move it, or judge it with: sidescan check ${kept} -t THRESHOLD`,
      cause: error,
    });
  } catch (second) {
    return cannotScan(why, {
      hint: "Free space and scan again, or name another directory with --output.",
      details: [`It could not be kept in ${tmpdir()} either: ${messageOf(second)}`],
      cause: error,
    });
  }
}
