/** Bundles the command line and the library for Node 20: one small entry each, and a chunk for every command's work, loaded when called. */
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "rolldown";
import { notices } from "./scripts/notices.ts";

const { version, dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  version: string;
  dependencies: Record<string, string>;
};

export default defineConfig({
  input: { cli: "src/cli/main.ts", index: "src/index.ts" },
  platform: "node",
  // Dependencies stay npm's to install and to update. What is on the way of every check is bundled, so that Node opens four files
  // instead of a hundred; it is a devDependency therefore.
  external: Object.keys(dependencies).flatMap((name) => [name, new RegExp(`^${name}/`, "u")]),
  // What yaml has for browsers is the same as modules, so that what is not used stays out.
  resolve: { alias: { yaml: join(import.meta.dirname, "node_modules/yaml/browser/dist/index.js") } },
  transform: { target: "node20", define: { SIDESCAN_VERSION: JSON.stringify(version) } },
  plugins: [notices(), { name: "executable", writeBundle: () => chmodSync("dist/cli.js", 0o755) }],
  // The HTML report reads its style and script from files beside it: they come along.
  experimental: { resolveNewUrlToAsset: true },
  output: {
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    cleanDir: true,
    // Each with all that it imports: what every command needs, and what a check needs beyond.
    codeSplitting: {
      groups: [
        { name: "base", test: /src\/(?:errors|version|cli\/terminal)\.ts$|rolldown\/runtime/u, priority: 1 },
        { name: "check", test: /src\/cli\/check-run\.ts$/u },
      ],
    },
  },
});
