/** What deploy/rbac.yaml grants is enough, and what is missing is named with the YAML that grants it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1Role,
  type V1RoleBinding,
} from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { contents, makeNamespace, repository, sidescan, unavailable } from "./harness.ts";
import { folder, scanOf, statusesOn, type Folder } from "./scans.ts";

type Rules = NonNullable<V1Role["rules"]>;

/** The shipped objects in this namespace; `change` makes other rules of those of the first Role. */
async function granted(
  namespace: string,
  {
    roles = ["sidescan"],
    change = (rules: Rules) => rules,
  }: { roles?: string[]; change?: (rules: Rules) => Rules },
): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const [core, rbac] = [config.makeApiClient(CoreV1Api), config.makeApiClient(RbacAuthorizationV1Api)];
  const shipped = readFileSync(join(repository, "deploy", "rbac.yaml"), "utf8").replaceAll(
    "namespace: scans",
    `namespace: ${namespace}`,
  );
  for (const document of parseAllDocuments(shipped)) {
    const body = document.toJS() as V1Role & V1RoleBinding;
    if (body.kind === "ServiceAccount") await core.createNamespacedServiceAccount({ namespace, body });
    else if (!roles.includes(body.metadata?.name ?? "")) continue;
    else if (body.kind === "Role")
      await rbac.createNamespacedRole({
        namespace,
        body: Object.assign(body, { rules: change(body.rules ?? []) }),
      });
    else await rbac.createNamespacedRoleBinding({ namespace, body });
  }
}

/** A kubeconfig that is the shipped service account and nothing else. */
async function kubeconfigOf(namespace: string, { path }: Folder): Promise<string> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    namespace,
    name: "sidescan",
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  const user = { name: "sidescan", token: status?.token ?? "" };
  const cluster = config.getCurrentCluster();
  const file = join(path, "kubeconfig");
  const account = new KubeConfig();
  account.loadFromOptions({
    clusters: [cluster],
    users: [user],
    contexts: [{ name: "account", cluster: cluster?.name, user: user.name, namespace }],
    currentContext: "account",
  });
  writeFileSync(file, account.exportConfig());
  return file;
}

const without =
  (resource: string) =>
  (rules: Rules): Rules =>
    rules.flatMap((rule) => {
      const resources = rule.resources?.filter((one) => one !== resource) ?? [];
      return resources.length === 0 ? [] : [Object.assign(rule, { resources })];
    });

const withoutComfort = (rules: Rules): Rules => without("namespaces")(without("events")(rules));

describe.skipIf(unavailable !== null)("a service account with the shipped Role", () => {
  it("scans an image and leaves nothing", async () => {
    await using namespace = await makeNamespace("rbac");
    using into = folder();
    await granted(namespace.name, {});
    const before = await contents(namespace.name);
    const kubeconfig = await kubeconfigOf(namespace.name, into);
    const { code, stderr } = await sidescan(
      scanOf("distroless", namespace.name, into, "--kubeconfig", kubeconfig),
    );
    expect(stderr).not.toMatch(/may not/u);
    expect(code).not.toBe(2);
    expect(Object.keys(statusesOn(into.result)).length).toBeGreaterThan(0);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("does without events and without its namespace's labels", async () => {
    await using namespace = await makeNamespace("rbac");
    using into = folder();
    await granted(namespace.name, { change: withoutComfort });
    const before = await contents(namespace.name);
    const kubeconfig = await kubeconfigOf(namespace.name, into);
    const { stderr } = await sidescan(scanOf("distroless", namespace.name, into, "--kubeconfig", kubeconfig));
    expect(Object.keys(statusesOn(into.result)).length, stderr).toBeGreaterThan(0);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("is told which right is missing, with the YAML that grants exactly it", async () => {
    await using namespace = await makeNamespace("rbac");
    using into = folder();
    await granted(namespace.name, { change: without("secrets") });
    const before = await contents(namespace.name);
    const kubeconfig = await kubeconfigOf(namespace.name, into);
    const { code, stderr } = await sidescan(
      scanOf("distroless", namespace.name, into, "--kubeconfig", kubeconfig),
    );
    expect(code).toBe(3);
    expect(stderr).toContain(
      `system:serviceaccount:${namespace.name}:sidescan may not create secrets in the namespace ${namespace.name}.`,
    );
    const yaml = stderr
      .split("\n")
      .filter((line) => line.startsWith("  | "))
      .map((line) => line.slice(4))
      .join("\n");
    const [role, binding] = parseAllDocuments(yaml).map((one) => one.toJS() as V1Role & V1RoleBinding);
    expect(role).toMatchObject({
      kind: "Role",
      metadata: { namespace: namespace.name },
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }],
    });
    expect(binding?.subjects).toEqual([
      { kind: "ServiceAccount", name: "sidescan", namespace: namespace.name },
    ]);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("reads no result by exec, and is told so", async () => {
    await using namespace = await makeNamespace("rbac");
    using into = folder();
    await granted(namespace.name, {});
    const before = await contents(namespace.name);
    const kubeconfig = await kubeconfigOf(namespace.name, into);
    const { code, stderr } = await sidescan(
      scanOf("distroless", namespace.name, into, "--kubeconfig", kubeconfig, "--retrieve", "exec"),
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/may not get pods\/exec in the namespace/u);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("reads it by exec with the second Role", async () => {
    await using namespace = await makeNamespace("rbac");
    using into = folder();
    await granted(namespace.name, { roles: ["sidescan", "sidescan-workloads"] });
    const before = await contents(namespace.name);
    const kubeconfig = await kubeconfigOf(namespace.name, into);
    const { stderr } = await sidescan(
      scanOf("distroless", namespace.name, into, "--kubeconfig", kubeconfig, "--retrieve", "exec"),
    );
    expect(Object.keys(statusesOn(into.result)).length, stderr).toBeGreaterThan(0);
    expect(await contents(namespace.name)).toEqual(before);
  });
});
