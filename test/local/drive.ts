/** The same as a program: another user runs it, or it is killed. Prints what it hears, one word per line, and in the end the audit as JSON. */
import { audit } from "./audit.ts";

const [target = "", options = "{}", request = "{}"] = process.argv.slice(2);
const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => abort.abort(new Error(signal)));

console.log("started");
const found = await audit(target, JSON.parse(options), JSON.parse(request), {
  signal: abort.signal,
  heard: (what) => console.log(what),
});
console.log(JSON.stringify({ ...found, files: [...found.files.keys()] }));
