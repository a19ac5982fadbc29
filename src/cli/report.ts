/** `sidescan report`: parses, reads, renders, writes. */
import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, type ExitCode } from "../errors.ts";
import { columnsOf, print, wantsColour } from "./terminal.ts";

type Flags = { reporter: string[]; threshold?: string };

export function registerReport(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("report")
    .summary("results to another format")
    .description("Turn a result file (HDF), also one from elsewhere, into any report format.")
    .argument("<results>", "result file; - reads standard input")
    .requiredOption(
      "--reporter <name:file...>",
      "cli, json, html, junit, sarif, markdown, csv, ckl or codequality; without a file: stdout",
    )
    .option("-t, --threshold <file>", "judge it too, and show the verdict")
    .addHelpText("after", "\nExample:\n  sidescan report results.json --reporter html:report.html")
    .action(async (results: string, flags: Flags) => {
      const [{ writeReports }, { reportInput }, { readInput }, { usageError }] = await Promise.all([
        import("../scan/deliver.ts"),
        import("../reports/from-results.ts"),
        import("./input.ts"),
        import("../errors.ts"),
      ]);
      const [{ parseReporters }, { originOf, sidecarEvidence }] = await Promise.all([
        import("../reports/report.ts"),
        import("../reports/restore.ts"),
      ]);
      const reporters = parseReporters(flags.reporter);
      const threshold =
        flags.threshold === undefined ? null : await readInput(flags.threshold, "threshold file");
      const input = reportInput(await readInput(results, "results"), threshold);
      if (input.repairs.length > 0) {
        process.stderr.write(
          `sidescan: ${results} is not quite HDF; it was repaired, and cannot be judged as it is. Read otherwise than written: ${input.repairs.join(", ")}.\n`,
        );
      }
      const { sidecar } = originOf(input.summary.passthrough);
      if (input.evidence === null && sidecar !== null && results !== "-") {
        const path = join(dirname(results), sidecar.file);
        const found = await readFile(path, "utf8").then(
          (content) => sidecarEvidence(content, sidecar.sha256),
          messageOf,
        );
        if (typeof found !== "string") input.evidence = found;
        else process.stderr.write(`sidescan: the evidence in ${path} is left out: ${found}\n`);
      }
      if (input.threshold?.verdict === "none" && input.threshold.errorKind === "threshold") {
        throw usageError(
          `The threshold file ${flags.threshold} cannot be used: ${input.threshold.error ?? ""}`,
        );
      }
      const { printed, files } = await writeReports(input, reporters, {
        colour: wantsColour(process.stdout),
        columns: columnsOf(process.stdout),
      });
      print(process.stdout, printed);
      for (const [name, file] of Object.entries(files)) process.stderr.write(`${name}: ${file}\n`);
      done(0);
    });
}
