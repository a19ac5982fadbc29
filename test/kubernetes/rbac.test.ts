/** What deploy/rbac.yaml grants is enough, and what is missing is named with the YAML that grants it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
import { contents, makeNamespace, repository, sidescan, unavailable, type Ran } from "./harness.ts";
import { folder, scanOf, statusesOn, type Folder } from "./scans.ts";

type Rules = NonNullable<V1Role["rules"]>;
/** Which of the shipped Roles; `change` makes other rules of theirs. */
type Rights = { roles?: string[]; change?: (rules: Rules) => Rules };

/** The shipped objects in this namespace. */
async function granted(
  namespace: string,
  { roles = ["sidescan"], change = (rules) => rules }: Rights,
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

type Scanned = Ran & { namespace: string; statuses: Record<string, string> };

/** A scan by the shipped service account with these rights, which leaves nothing, however it ends. */
async function scanWith(rights: Rights, ...more: string[]): Promise<Scanned> {
  await using namespace = await makeNamespace("rbac");
  using into = folder();
  await granted(namespace.name, rights);
  const before = await contents(namespace.name);
  const kubeconfig = await kubeconfigOf(namespace.name, into);
  const ran = await sidescan(scanOf("distroless", namespace.name, into, "--kubeconfig", kubeconfig, ...more));
  expect(await contents(namespace.name)).toEqual(before);
  const statuses = existsSync(into.result) ? statusesOn(into.result) : {};
  return { ...ran, namespace: namespace.name, statuses };
}

describe.skipIf(unavailable !== null)("a service account with the shipped Role", () => {
  it("scans an image and leaves nothing", async () => {
    const { code, stderr, statuses } = await scanWith({});
    expect(stderr).not.toMatch(/may not/u);
    expect(code).not.toBe(2);
    expect(statuses, stderr).not.toEqual({});
  });

  it("does without events and without its namespace's labels", async () => {
    const { stderr, statuses } = await scanWith({ change: withoutComfort });
    expect(statuses, stderr).not.toEqual({});
  });

  it("is told which right is missing, with the YAML that grants exactly it", async () => {
    const { code, stderr, namespace } = await scanWith({ change: without("secrets") });
    expect(code).toBe(3);
    expect(stderr).toContain(
      `system:serviceaccount:${namespace}:sidescan may not create secrets in the namespace ${namespace}.`,
    );
    const yaml = stderr
      .split("\n")
      .filter((line) => line.startsWith("  | "))
      .map((line) => line.slice(4))
      .join("\n");
    const [role, binding] = parseAllDocuments(yaml).map((one) => one.toJS() as V1Role & V1RoleBinding);
    expect(role).toMatchObject({
      kind: "Role",
      metadata: { namespace },
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }],
    });
    expect(binding?.subjects).toEqual([{ kind: "ServiceAccount", name: "sidescan", namespace }]);
  });

  it("reads no result by exec, and is told so", async () => {
    const { code, stderr } = await scanWith({}, "--retrieve", "exec");
    expect(code).toBe(3);
    expect(stderr).toMatch(/may not get pods\/exec in the namespace/u);
  });

  it("reads it by exec with the second Role", async () => {
    const roles = ["sidescan", "sidescan-workloads"];
    const { stderr, statuses } = await scanWith({ roles }, "--retrieve", "exec");
    expect(statuses, stderr).not.toEqual({});
  });
});
