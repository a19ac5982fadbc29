/** Bundles the command line and the library for Node 20: one small entry each, and a chunk for every command's work, loaded when called. */
import { chmodSync, readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const { version, dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  version: string;
  dependencies: Record<string, string>;
};

export default defineConfig({
  input: { cli: "src/cli/main.ts", index: "src/index.ts" },
  platform: "node",
  // Dependencies stay npm's to install and to update; commander alone is on the way to `--help`.
  external: Object.keys(dependencies).flatMap((name) => [name, new RegExp(`^${name}/`, "u")]),
  transform: { target: "node20", define: { SIDESCAN_VERSION: JSON.stringify(version) } },
  plugins: [{ name: "executable", writeBundle: () => chmodSync("dist/cli.js", 0o755) }],
  // The HTML report reads its style and script from files beside it: they come along.
  experimental: { resolveNewUrlToAsset: true },
  output: {
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    cleanDir: true,
  },
});
