/** The licences of what the bundle takes in, as they ask: dist/THIRD-PARTY.md. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "rolldown";

export const notices = (): Plugin => ({
  name: "notices",
  generateBundle(_options, bundle) {
    const files = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    const folders = files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(file)?.[0] ?? []);
    const sections = [...new Set(folders)].sort().map(sectionOf);
    const source = ["# Third-party software in these files", ...sections].join("\n\n");
    this.emitFile({ type: "asset", fileName: "THIRD-PARTY.md", source: `${source}\n` });
  },
});

function sectionOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license: string;
  };
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].find((one) => existsSync(join(folder, one)));
  if (file === undefined) throw new Error(`${name} is bundled, and its licence is not in its package`);
  const text = readFileSync(join(folder, file), "utf8").trim();
  return `## ${name} ${version} (${license})\n\n${text}`;
}
