/** Kubeconfig files as kubectl reads them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterAccess } from "../../../src/engines/kubernetes/api/cluster-access.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sidescan-kubeconfig-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: object | string): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const one = (name: string, more: object = {}) => ({
  clusters: [{ name, cluster: { server: `https://${name}.example:6443` } }],
  users: [{ name, user: { token: `token of ${name}`, ...more } }],
  contexts: [{ name, context: { cluster: name, user: name, namespace: `of-${name}` } }],
  "current-context": name,
});

const plugin = (script: string) => ({
  token: undefined,
  exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh", args: ["-c", script] },
});

async function headersOf(access: ReturnType<typeof clusterAccess>): Promise<RequestOptions["headers"]> {
  const options: RequestOptions = {};
  await access.credentials.apply(options);
  return options.headers;
}

describe("the cluster", () => {
  it("comes from the first of several files that says so; one that is missing is passed over", async () => {
    const list = [join(folder, "missing"), file("a", one("a")), file("b", one("b"))].join(":");
    const access = clusterAccess({}, { KUBECONFIG: list }, folder);
    expect(access.server.href).toBe("https://a.example:6443/");
    expect(access.namespace).toBe("of-a");
    const other = clusterAccess({ context: "b", namespace: "mine" }, { KUBECONFIG: list }, folder);
    expect([other.server.hostname, other.namespace]).toEqual(["b.example", "mine"]);
    expect(await headersOf(other)).toMatchObject({ Authorization: "Bearer token of b" });
  });

  it("finds certificates beside the file that names them, and reads tokens from files", async () => {
    file("ca.crt", "the authority");
    file("token", "from a file\n");
    const config = one("a", { tokenFile: "token" });
    Object.assign(config.clusters[0]?.cluster ?? {}, { "certificate-authority": "ca.crt" });
    const access = clusterAccess({ kubeconfig: file("a", config) }, {}, folder);
    const options: RequestOptions = {};
    await access.credentials.apply(options);
    expect(String(options.ca)).toBe("the authority");
    expect(options.headers).toMatchObject({ Authorization: "Bearer from a file" });
  });

  it("asks a credential plugin, and tells its words when it fails", async () => {
    const credential = `echo '{"status": {"token": "'$(echo $KUBERNETES_EXEC_INFO | tr -d '"{},' | cut -c1-19)'"}}'`;
    const good = clusterAccess({ kubeconfig: file("a", one("a", plugin(credential))) }, {}, folder);
    expect(await headersOf(good)).toMatchObject({ Authorization: "Bearer kind:ExecCredential" });
    const bad = clusterAccess(
      { kubeconfig: file("b", one("b", plugin("echo log in first >&2; exit 1"))) },
      {},
      folder,
    );
    await expect(headersOf(bad)).rejects.toThrow(/credential plugin \/bin\/sh .* failed: log in first/u);
  });

  it("is the one around a pod, where there is no file", () => {
    const inside = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    expect(() => clusterAccess({}, inside, folder)).toThrow(/serviceaccount\/ca\.crt/u);
  });

  it.each([
    ["no file", {}, /There is no kubeconfig/u],
    ["a context that is not there", { context: "z" }, /There is no context z.*/u],
    ["a file that is not there", { kubeconfig: "/no/such/file" }, /Cannot read the kubeconfig/u],
  ])("that cannot be known is a usage error: %s", (_, choice, words) => {
    const environment = "context" in choice ? { KUBECONFIG: file("a", one("a")) } : {};
    expect(() => clusterAccess(choice, environment, folder)).toThrow(words);
  });

  it("is not taken from what is no kubeconfig", () => {
    const strange = file("strange", "clusters: 5");
    expect(() => clusterAccess({ kubeconfig: strange }, {}, folder)).toThrow(/cannot be used: clusters/u);
    const dangling = { ...one("a"), clusters: [] };
    expect(() => clusterAccess({ kubeconfig: file("d", dangling) }, {}, folder)).toThrow(
      /names the cluster a, which is not in/u,
    );
  });
});
