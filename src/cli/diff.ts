/** `sidescan diff`: parses, calls diffResults(), prints. */
import type { Command } from "commander";
import type { ExitCode } from "../errors.ts";
import type { ResultDiff } from "../results/diff.ts";
import { painter } from "./terminal.ts";

export function registerDiff(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("diff")
    .summary("what changed between two results")
    .description(
      "Show the controls that got better, got worse, are new, or are gone between two result files (HDF).",
    )
    .argument("<old>", "result file; - reads standard input")
    .argument("<new>", "result file; - reads standard input")
    .option("--json", "print one JSON document on stdout")
    .action(async (old: string, now: string, flags: { json?: boolean }) => {
      const [{ diffResults }, { readInput }, { oneLine, percent }] = await Promise.all([
        import("../results/diff.ts"),
        import("./input.ts"),
        import("../reports/text.ts"),
      ]);
      const diff = diffResults(await readInput(old, "results"), await readInput(now, "results"));
      if (flags.json === true) {
        process.stdout.write(`${JSON.stringify(diff, null, 2)}\n`);
      } else {
        const share = (exact: number): string => percent({ exact, rounded: Math.round(exact) });
        process.stdout.write(
          `${lines(diff, oneLine).join("")}Compliance ${share(diff.compliance.from)} -> ${share(diff.compliance.to)}; ${diff.same} controls are the same\n`,
        );
      }
      done(0);
    });
}

function lines(
  { better, worse, added, gone }: ResultDiff,
  oneLine: (text: string, limit: number) => string,
): string[] {
  const paint = painter(process.stdout);
  const line = (
    mark: string,
    { id, title, severity }: ResultDiff["gone"][number] | ResultDiff["better"][number],
    change: string,
  ) => `${mark} ${oneLine(id, 200)}  ${severity}  ${change}  ${oneLine(title ?? "", 200)}\n`;
  return [
    ...worse.map((one) => line(paint("red", "worse "), one, `${one.from} -> ${one.to}`)),
    ...gone.map((one) => line(paint("yellow", "gone  "), one, one.status)),
    ...added.map((one) => line(paint("cyan", "new   "), one, one.status)),
    ...better.map((one) => line(paint("green", "better"), one, `${one.from} -> ${one.to}`)),
  ];
}
