import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  readFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareProfile } from "../../../src/profile/profile.ts";

let scratch = "";
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "sidescan-profile-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

function profileDirectory(yaml = "name: mine\nversion: 1.2.0\ntitle: Mine\n"): string {
  const directory = join(scratch, "mine");
  mkdirSync(join(directory, "controls"), { recursive: true });
  writeFileSync(join(directory, "inspec.yml"), yaml);
  writeFileSync(join(directory, "controls", "a.rb"), "control 'a' do\nend\n");
  return directory;
}

describe("a profile directory", () => {
  it("becomes an archive that tar can list, with the profile's own metadata", async () => {
    const profile = await prepareProfile(profileDirectory(), scratch);
    expect(profile).toMatchObject({ name: "mine", version: "1.2.0", title: "Mine", dependencies: [] });
    const listed = execFileSync("tar", ["tzf", profile.archive], { encoding: "utf8" });
    expect(listed.trim().split("\n")).toEqual(["controls/a.rb", "inspec.yml"]);
  });

  it("has the same digest whenever and wherever it is packed", async () => {
    const directory = profileDirectory();
    const first = await prepareProfile(directory, scratch);
    execFileSync("touch", [join(directory, "inspec.yml")]);
    expect((await prepareProfile(directory, scratch)).sha256).toBe(first.sha256);
  });

  it("is refused when it is missing, empty, or has no inspec.yml, each with its own words", async () => {
    await expect(prepareProfile(join(scratch, "none"), scratch)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("There is no profile at"),
    });
    const empty = join(scratch, "empty");
    mkdirSync(empty);
    await expect(prepareProfile(empty, scratch)).rejects.toThrow("is empty");
    writeFileSync(join(empty, "a.rb"), "");
    await expect(prepareProfile(empty, scratch)).rejects.toThrow("has no inspec.yml");
  });

  it("is refused with the reason when its inspec.yml is not YAML or has no name", async () => {
    await expect(prepareProfile(profileDirectory("name: [\n"), scratch)).rejects.toThrow("is not valid YAML");
    await expect(prepareProfile(profileDirectory("title: x\n"), scratch)).rejects.toThrow("name");
  });

  it("of 50 MB is refused, naming the file that takes the space", async () => {
    const directory = profileDirectory();
    writeFileSync(join(directory, "big.bin"), "");
    truncateSync(join(directory, "big.bin"), 50 * 1024 * 1024);
    await expect(prepareProfile(directory, scratch)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("holds 50 MiB or more"),
      hint: expect.stringContaining("big.bin"),
    });
  });

  it("that depends on profiles it does not hold is refused with what to do", async () => {
    const directory = profileDirectory("name: mine\ndepends:\n  - name: base\n    path: ../base\n");
    await expect(prepareProfile(directory, scratch)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("depends on base"),
      hint: expect.stringContaining("vendor"),
    });
    mkdirSync(join(directory, "vendor"));
    writeFileSync(join(directory, "vendor", "x.tar.gz"), "x");
    await expect(prepareProfile(directory, scratch)).resolves.toMatchObject({ dependencies: ["base"] });
  });

  it("never ships what a link outside of it points to", async () => {
    const directory = profileDirectory();
    symlinkSync("/etc/shadow", join(directory, "controls", "b.rb"));
    await expect(prepareProfile(directory, scratch)).rejects.toThrow("leads out of it");
  });

  it("with a link that leads back into itself ends", async () => {
    const directory = profileDirectory();
    symlinkSync(".", join(directory, "self"));
    await expect(prepareProfile(directory, scratch)).resolves.toMatchObject({ name: "mine" });
  });
});

describe("a profile archive", () => {
  it("is taken as it is, also with a directory around the profile", async () => {
    profileDirectory();
    const archive = join(scratch, "p.tar.gz");
    execFileSync("tar", ["czf", archive, "-C", scratch, "mine"]);
    expect(await prepareProfile(archive, scratch)).toMatchObject({ name: "mine", archive });
  });

  it("that was cut, or is not one at all, is refused", async () => {
    const whole = await prepareProfile(profileDirectory(), scratch);
    const cut = join(scratch, "cut.tar.gz");
    writeFileSync(cut, readFileSync(whole.archive).subarray(0, 80));
    await expect(prepareProfile(cut, scratch)).rejects.toThrow("damaged or cut");
    writeFileSync(cut, "");
    await expect(prepareProfile(cut, scratch)).rejects.toThrow("empty file");
    writeFileSync(cut, "hello");
    await expect(prepareProfile(cut, scratch)).rejects.toThrow("is not a profile");
  });

  it("that unpacks to more than the limit is refused without unpacking it all", async () => {
    const directory = profileDirectory();
    writeFileSync(join(directory, "zeros"), "");
    truncateSync(join(directory, "zeros"), 200 * 1024 * 1024);
    const archive = join(scratch, "bomb.tar.gz");
    execFileSync("tar", ["czf", archive, "-C", directory, "."]);
    await expect(prepareProfile(archive, scratch)).rejects.toThrow("the limit is 32 MiB");
  });
});
