/** A server whose certificate is for an address: `tls-server-name` may name it, and nothing is said on stderr. */
import { once } from "node:events";
import { Agent, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../src/engines/kubernetes/api/client.ts";
import { credentialsOf } from "../../../src/engines/kubernetes/api/credentials.ts";

/** Made for this test alone: self-signed, for IP 10.96.0.1, for a hundred years. */
const cert = `-----BEGIN CERTIFICATE-----
MIIBhDCCASqgAwIBAgIUcroywLqv/MlbvJGpt6PfTM/M/LswCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDYXBpMCAXDTI2MTEyMzE3MDMxNVoYDzIxMjYxMDMwMTcwMzE1
WjAOMQwwCgYDVQQDDANhcGkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQekjm8
P1ivOrn+tGzAuQ14TIQ7BM27RUhV/jgowgHQYyMrZD3Hs8Yi/6eSDaJmkeJLYltT
DVYhob0fR4olx26ao2QwYjAdBgNVHQ4EFgQU+E+O/WTPveyYQaZLGNt72WksW2cw
HwYDVR0jBBgwFoAU+E+O/WTPveyYQaZLGNt72WksW2cwDwYDVR0TAQH/BAUwAwEB
/zAPBgNVHREECDAGhwQKYAABMAoGCCqGSM49BAMCA0gAMEUCIC/ViGX8xzxysiaq
Pd1ZTGBBkO4JzWiIJnH/Otw6LekRAiEA8l+Cgc/1S1utu0msPlZmy2aiKKrHaJRe
5owZbla+PMs=
-----END CERTIFICATE-----
`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRCPmnoJUDQ0XPdSV
IQJfE1uV369XMHNfW9C2B29K3NuhRANCAAQekjm8P1ivOrn+tGzAuQ14TIQ7BM27
RUhV/jgowgHQYyMrZD3Hs8Yi/6eSDaJmkeJLYltTDVYhob0fR4olx26a
-----END PRIVATE KEY-----
`;

const server = createServer({ cert, key }, (_request, response) => void response.end("{}"));
beforeAll(async () => void (await once(server.listen(0, "127.0.0.1"), "listening")));
afterAll(() => void server.close());

/** What the server is asked for by name, and one request to it. */
async function ask(name: string): Promise<{ warnings: string[]; answer: unknown }> {
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", warned);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = {
    server: url,
    "certificate-authority-data": Buffer.from(cert).toString("base64"),
    "tls-server-name": name,
  };
  const agent = new Agent({ keepAlive: false });
  const credentials = credentialsOf(cluster, {}, "here");
  const api = connect({ server: new URL(url), namespace: "default", context: "here", agent, credentials });
  try {
    return { warnings, answer: await api.call("GET", "/version") };
  } finally {
    // Warnings are emitted in a later turn.
    await setImmediate();
    process.off("warning", warned);
    agent.destroy();
  }
}

test("an address as tls-server-name is what the certificate has to be for, without a warning of Node's", async () => {
  expect(await ask("10.96.0.1")).toEqual({ warnings: [], answer: {} });
});

test("a certificate for another address than tls-server-name is refused", async () => {
  await expect(ask("10.96.0.2")).rejects.toThrow("its certificate is for another name");
});
