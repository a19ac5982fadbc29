import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readArchive } from "../../../scripts/image/archive.ts";
import { writeImages, type Entry } from "../../../scripts/test-images/archive.ts";

const scratch = (): string => mkdtempSync(join(tmpdir(), "sidescan-images-"));
const base: Entry[] = [
  { type: "directory", name: "app", mode: 0o755 },
  { type: "file", name: "app/server", mode: 0o755, content: "x".repeat(100_000) },
  { type: "symlink", name: "server", mode: 0o777, linkname: "app/server" },
];
const extra: Entry[] = [
  { type: "file", name: "etc/app/settings.ini", mode: 0o600, uid: 7, gid: 8, content: "a = 1\n" },
];
const images = [
  { reference: "localhost/one:dev", layers: [base], config: { User: "7" } },
  { reference: "localhost/two:dev", layers: [base, extra], config: {} },
];

describe("a docker archive made of files", () => {
  test("holds a layer once, however many images have it", async () => {
    const folder = scratch();
    await writeImages(join(folder, "images.tar"), images, folder);
    const names = execFileSync("tar", ["-tf", join(folder, "images.tar")], { encoding: "utf8" })
      .trim()
      .split("\n");
    const manifest = JSON.parse(
      execFileSync("tar", ["-xOf", join(folder, "images.tar"), "manifest.json"], { encoding: "utf8" }),
    ) as { RepoTags: string[]; Layers: string[] }[];
    expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([["localhost/one:dev"], ["localhost/two:dev"]]);
    expect(manifest[1]?.Layers[0]).toBe(manifest[0]?.Layers[0]);
    expect(names.filter((name) => name.endsWith(".tar"))).toHaveLength(2);
  });

  test("is the same for the same files", async () => {
    const made = [];
    for (const folder of [scratch(), scratch()]) {
      await writeImages(join(folder, "images.tar"), images, folder);
      made.push(readFileSync(join(folder, "images.tar")).toString("base64"));
    }
    expect(made[0]).toBe(made[1]);
  });

  test("is weighed by layer", async () => {
    const folder = scratch();
    await writeImages(join(folder, "images.tar"), images.slice(1), folder);
    const [lower, upper] = await readArchive(join(folder, "images.tar"));
    expect(lower).toMatchObject({ folder: "/app", files: 1 });
    expect(upper).toMatchObject({ folder: "/etc/app", files: 1 });
    expect(lower?.bytes).toBeGreaterThan(100_000);
    expect(lower?.compressed).toBeLessThan(2000);
  });
});

test("what is no docker archive is not weighed", async () => {
  const file = join(scratch(), "other.tar");
  writeFileSync(file, "");
  await expect(readArchive(file)).rejects.toThrow("no docker archive");
});
