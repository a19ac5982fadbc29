/** Between sidescan and an API server: sees only bytes, as a load balancer does, and cuts or stalls every connection at once. */
import { connect, createServer, isIP, type Socket } from "node:net";
import { cluster, opened, parts, type Opened } from "./proxied.ts";

export type TcpProxy = Opened & {
  /** Resets every connection there is. */
  cut: () => void;
  /** Connections that are there, and new ones, carry nothing until it is called with false. */
  stall: (stalled: boolean) => void;
  connections: () => number;
};

/** Carries the TLS of KUBECONFIG's own cluster and user, unopened. */
export async function tcpProxy(): Promise<TcpProxy> {
  const { config, server } = cluster();
  const pairs = new Set<[Socket, Socket]>();
  let stalled = false;
  const hold = ([one, other]: [Socket, Socket]): void => {
    if (stalled) {
      one.unpipe(other).pause();
      other.unpipe(one).pause();
    } else {
      one.pipe(other);
      other.pipe(one);
    }
  };
  const listening = createServer((client) => {
    const pair: [Socket, Socket] = [client, connect(Number(server.port || 443), server.hostname)];
    pairs.add(pair);
    for (const socket of pair)
      socket
        .on("error", () => {})
        .on("close", () => {
          for (const each of pair) each.destroy();
          pairs.delete(pair);
        });
    hold(pair);
  });
  const { cluster: own, user } = parts(config);
  return {
    ...(await opened(listening, "https", {
      cluster: {
        "certificate-authority": own.caFile,
        "certificate-authority-data": own.caData,
        // An address needs none, and may be none.
        "tls-server-name": own.tlsServerName ?? (isIP(server.hostname) ? undefined : server.hostname),
      },
      user: {
        "client-certificate": user.certFile,
        "client-certificate-data": user.certData,
        "client-key": user.keyFile,
        "client-key-data": user.keyData,
        token: user.token,
      },
    })),
    cut: () => {
      for (const [client, end] of pairs) {
        client.resetAndDestroy();
        end.destroy();
      }
    },
    stall: (so) => {
      stalled = so;
      for (const pair of pairs) hold(pair);
    },
    connections: () => pairs.size,
  };
}
