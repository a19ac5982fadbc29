import { describe, expect, test } from "vitest";
import { parseTarget, parseUser, targetSlug } from "../../../src/target/parse.ts";

const dir = { kind: "dir", user: null, imageConfig: null, run: false };

describe("a target", () => {
  test.each([
    ["dir:./rootfs", { ...dir, path: "./rootfs" }],
    ["dir:/", { ...dir, path: "/" }],
    ["dir:a:b,c\\d e", { ...dir, path: "a:b,c\\d e" }],
    ["dir:pid:1", { ...dir, path: "pid:1" }],
    ["pid:1", { kind: "pid", pid: 1 }],
    ["pid:4194304", { kind: "pid", pid: 4_194_304 }],
  ])("%s is understood", (text, target) => expect(parseTarget(text)).toEqual(target));

  test("takes who it runs as, and what", () => {
    expect(parseTarget("dir:x", { user: "app:65532", imageConfig: "c.json", run: true })).toEqual({
      kind: "dir",
      path: "x",
      user: { user: "app", group: "65532" },
      imageConfig: "c.json",
      run: true,
    });
  });

  test.each([
    ["", "empty"],
    ["dir:", "needs a path"],
    ["dir:a\0b", "NUL"],
    ["pid:", "by its number"],
    ["pid:0", "by its number"],
    ["pid:-1", "by its number"],
    ["pid:01", "by its number"],
    ["pid:1e3", "by its number"],
    ["pid:99999999999999999999", "by its number"],
    ["archive:image.tar", "not built yet"],
    ["./rootfs", "is no target"],
    ["1234", "is no target"],
    ["dri:./rootfs", "there is no dri:"],
    ["pids:3", "there is no pids:"],
  ])("%j is refused with exit code 2", (text, message) => {
    expect(() => parseTarget(text)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) as string }),
    );
  });

  test("says what was probably meant", () => {
    expect(() => parseTarget("/rootfs")).toThrow(
      expect.objectContaining({ hint: "For a directory write dir:/rootfs" }),
    );
    expect(() => parseTarget("dri:/x")).toThrow(expect.objectContaining({ hint: "Did you mean dir:/x?" }));
  });

  test("refuses what it cannot take", () => {
    expect(() => parseTarget("dir:x", { run: true })).toThrow("nothing says what that is");
  });

  test.each([
    ["dir:/srv/my rootfs/", "my-rootfs"],
    ["dir:/", "root"],
    ["dir:..", "target"],
    ["dir:a\nb", "a-b"],
    ["pid:12", "pid-12"],
  ])("%j has a name that fits into a file name", (text, slug) =>
    expect(targetSlug(parseTarget(text))).toBe(slug),
  );
});

describe("a user", () => {
  test.each([
    ["0", { user: "0", group: null }],
    ["65532:65532", { user: "65532", group: "65532" }],
    ["app:staff", { user: "app", group: "staff" }],
  ])("%s is understood", (text, user) => expect(parseUser(text)).toEqual(user));

  test.each(["", ":", "1:", ":1", "1:2:3", "a b", "-1,2"])("%j is refused", (text) =>
    expect(() => parseUser(text)).toThrow(expect.objectContaining({ exitCode: 2 })),
  );
});
