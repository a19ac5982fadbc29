/** What proxies to the API server of KUBECONFIG have in common: the server, and a kubeconfig that leads through them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";

/** A proxy that listens; `kubeconfig` is a file. */
export type Opened = { address: string; kubeconfig: string } & AsyncDisposable;

/** Of the current context. */
export function cluster(): { config: KubeConfig; server: URL } {
  const config = new KubeConfig();
  config.loadFromDefault();
  return { config, server: new URL(parts(config).cluster.server) };
}

/** Its cluster and user, as the file has them. */
export function parts(config: KubeConfig) {
  const [found, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (found === null || user === null) throw new Error("KUBECONFIG has no current context");
  return { cluster: found, user };
}

/** @param more what the kubeconfig needs beside the address */
export async function opened(
  server: Server,
  scheme: string,
  more: { cluster?: object; user?: object },
): Promise<Opened> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));
  const address = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = mkdtempSync(join(tmpdir(), "sidescan-test-proxy-"));
  const kubeconfig = join(directory, "kubeconfig");
  // JSON is YAML; what is undefined falls out.
  const content = {
    clusters: [{ name: "proxy", cluster: { server: address, ...more.cluster } }],
    users: [{ name: "proxy", user: more.user ?? {} }],
    contexts: [{ name: "proxy", context: { cluster: "proxy", user: "proxy" } }],
    "current-context": "proxy",
  };
  writeFileSync(kubeconfig, JSON.stringify(content), { mode: 0o600 });
  return {
    address,
    kubeconfig,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
