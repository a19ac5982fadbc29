import { expect, test } from "vitest";
import { mainProcess, parseImageConfig } from "../../../src/engines/local/image-config.ts";

const config = {
  User: "65532:65532",
  Env: ["A=b=c"],
  WorkingDir: "/app",
  Entrypoint: ["/node"],
  Cmd: ["server.js"],
};
const understood = {
  user: { user: "65532", group: "65532" },
  env: ["A=b=c"],
  cwd: "/app",
  argv: ["/node", "server.js"],
};

test.each([
  ["OCI", { architecture: "amd64", config }],
  ["docker inspect", [{ Id: "sha256:0", Config: config }]],
])("%s's form is understood", (_, document) => {
  expect(parseImageConfig(JSON.stringify(document), "c.json")).toEqual(understood);
});

test("what is empty or null is nothing", () => {
  const document = { config: { User: "", Env: null, WorkingDir: "", Entrypoint: null, Cmd: null } };
  expect(parseImageConfig(JSON.stringify(document), "c.json")).toEqual({
    user: null,
    env: [],
    cwd: null,
    argv: [],
  });
});

test.each([
  ["{", "not JSON"],
  ["[]", "no usable object"],
  ['{"config":{"Env":"A=b"}}', "no usable object"],
  ['{"config":{"Env":["A"]}}', "not NAME=value"],
  ['[{"Config":{}},{"Config":{}}]', "2 images"],
  ["null", "no usable object"],
])("%s is refused", (text, message) => {
  expect(() => parseImageConfig(text, "c.json")).toThrow(message);
});

test("a file that is not there is a usage error", async () => {
  await expect(mainProcess({ user: null, imageConfig: "/nonexistent", run: false })).rejects.toMatchObject({
    exitCode: 2,
  });
});
