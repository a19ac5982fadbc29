/**
 * `saf validate threshold` many times in one process, for it takes over a second to start: reads `{results, threshold}` (paths) from
 * stdin, one JSON line each, and answers `{verdict, message}`. Arguments: the directory of @mitre/saf, a directory to work in.
 */
"use strict";
const { join, resolve } = require("node:path");
const { createInterface } = require("node:readline");

const root = resolve(process.argv[2]);
process.chdir(process.argv[3]);
const { default: Threshold } = require(join(root, "lib", "commands", "validate", "threshold.js"));
const { Config } = require(require.resolve("@oclif/core", { paths: [root] }));

const answer = process.stdout.write.bind(process.stdout);
const prototypeKeys = new Set(Reflect.ownKeys(Object.prototype));
let out = "";
let err = "";
const words = (list) => `${list.map(String).join(" ")}\n`;
console.log = (...list) => void (out += words(list));
console.error = (...list) => void (err += words(list));
console.warn = () => {};
process.stderr.write = () => true;

void (async () => {
  const config = await Config.load({ root });
  for await (const line of createInterface({ input: process.stdin })) {
    const { results, threshold } = JSON.parse(line);
    out = err = "";
    process.exitCode = 0;
    try {
      await Threshold.run(["-i", results, "-T", threshold], config);
    } catch (error) {
      // As at the command line: it is told, and the exit code stays 0.
      out = "";
      err = String(error);
    }
    // A threshold may pollute every object of the process; the next pair must not see it.
    for (const key of Reflect.ownKeys(Object.prototype))
      if (!prototypeKeys.has(key)) delete Object.prototype[key];
    const failed = process.exitCode === 1;
    const passed = !failed && out.includes("All validation tests passed");
    const message = failed ? (/^Error: ([^]*)\n$/.exec(err)?.[1] ?? "") : undefined;
    answer(`${JSON.stringify({ verdict: failed ? "fail" : passed ? "pass" : "none", message })}\n`);
  }
  process.exitCode = 0;
})();
