import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scene, sidescan, write } from "./run.ts";

let at = "";
let root = "";
let profile = "";
beforeAll(() => {
  ({ at, root, profile } = scene("control 'c' do\n  describe(1) { it { should eq 1 } }\nend\n"));
  mkdirSync(join(at, "folder"));
  write(join(at, "unknown.yml"), "target: dir:/\nprofile: p\ncontrls: [a]\n");
  write(join(at, "list.yml"), "- target\n");
});
afterAll(() => rmSync(at, { recursive: true, force: true }));

const scan = (...more: string[]): string[] => ["scan", `dir:${root}`, "-p", profile, ...more];

describe("a command line that is wrong", () => {
  const cases: [string, () => string[], RegExp, RegExp][] = [
    ["has an unknown command", () => ["scna"], /Unknown command 'scna'\./u, /Did you mean scan\?/u],
    [
      "has an unknown option",
      () => scan("--thresold", "x"),
      /Unknown option '--thresold'\./u,
      /--threshold/u,
    ],
    [
      "lacks an argument",
      () => ["check"],
      /Missing required argument 'results'\./u,
      /sidescan check --help/u,
    ],
    ["has a time of nothing", () => scan("--timeout", "0"), /number of seconds above 0/u, /scan --help/u],
    ["names no target", () => ["scan", "-p", profile], /There is no target\./u, /dir:/u],
    [
      "names a reporter that there is none of",
      () => scan("--reporter", "pdf"),
      /no reporter "pdf"/u,
      /html/u,
    ],
    [
      "names an input file that is missing",
      () => scan("--input-file", "/x"),
      /input file \/x: no such file/u,
      /^$/u,
    ],
    [
      "names an auditor that is a directory",
      () => scan("--auditor", at),
      /is not a file/u,
      /executable itself/u,
    ],
    ["names a threshold that is a directory", () => scan("-t", at), /it is a directory/u, /^$/u],
    [
      "has a config file with names that there are none of",
      () => scan("--config", join(at, "unknown.yml")),
      /unknown\.yml is not valid: .*no option profile \(did you mean profiles\?\); .*contrls \(did you mean controls\?\)/u,
      /inputFiles/u,
    ],
    [
      "has a config file of another form",
      () => scan("--config", join(at, "list.yml")),
      /not a YAML mapping/u,
      /target/u,
    ],
  ];

  it.each(cases)("because it %s is told so in a sentence, and what to do", async (_, args, message, hint) => {
    const ran = await sidescan([...args(), "--json"]);
    const { verdict, exitCode, error } = JSON.parse(ran.stdout) as {
      verdict: string;
      exitCode: number;
      error: { message: string; hint: string | null };
    };
    expect({ code: ran.code, verdict, exitCode }).toEqual({ code: 2, verdict: "none", exitCode: 2 });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^[\p{Lu}/-]/u);
    expect(error.hint ?? "").toMatch(hint);
    expect(error.hint ?? "A").toMatch(/^\p{Lu}/u);
    expect(ran.stderr).toContain(error.message);
    expect(ran.stderr).not.toMatch(/^\s+at |E[A-Z]{4,}:/mu);
  });
});
