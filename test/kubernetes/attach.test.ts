/** pod/NAME: the scanner as an ephemeral container of a pod that runs, which goes on as if nothing had been. */
import { KubeConfig, RbacAuthorizationV1Api, VersionApi, type V1Pod } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { contents, core, makeNamespace, runPod, sidescan, testImage, unavailable } from "./harness.ts";
import { folder, profile, scanWords, statusesOn, type Folder } from "./scans.ts";

const config = new KubeConfig();
if (unavailable === null) config.loadFromDefault();

/** Before 1.22 such containers are an alpha feature: nobody can say who they are to be, and nodes may not read their Secrets. */
const isOld = async (): Promise<boolean> =>
  Number.parseInt((await config.makeApiClient(VersionApi).getCode()).minor) < 22;

async function letNodesRead(namespace: string): Promise<void> {
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const metadata = { name: "nodes-read-secrets" };
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }];
  await rbac.createNamespacedRole({ namespace, body: { metadata, rules } });
  const apiGroup = "rbac.authorization.k8s.io";
  const roleRef = { apiGroup, kind: "Role", name: metadata.name };
  const subjects = [{ apiGroup, kind: "Group", name: "system:nodes" }];
  await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } });
}

const scanPod = (name: string, namespace: string, into: Folder, ...more: string[]) =>
  sidescan(scanWords(`pod/${name}`, namespace, into, "--profile", profile, ...more));

const podOf = (name: string, uid: number | null): V1Pod => ({
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 1,
    ...(uid === null ? {} : { securityContext: { runAsUser: uid, runAsGroup: uid } }),
    containers: [
      {
        name: "app",
        image: testImage("debian"),
        imagePullPolicy: "Never",
        command: ["sleep", "infinity"],
      },
    ],
  },
});

describe.skipIf(unavailable !== null)("a pod that runs", () => {
  it.each([
    ["as root", 0, []],
    ["as somebody else", 1000, ["--access", "restricted"]],
  ])("%s is audited without being restarted", async (_, uid, more) => {
    await using namespace = await makeNamespace("attach");
    using into = folder();
    if (await isOld()) await letNodesRead(namespace.name);
    await runPod(namespace.name, podOf("web", uid));
    const before = await contents(namespace.name);
    const { stderr } = await scanPod("web", namespace.name, into, ...more);
    expect(stderr).toContain("its entry stays in the pod's spec until the pod ends");
    expect(Object.keys(statusesOn(into.result)).length, stderr).toBeGreaterThan(0);
    expect(await contents(namespace.name)).toEqual(before);
    const { status } = await core.readNamespacedPod({ name: "web", namespace: namespace.name });
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
    expect(status?.ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
  });

  it("on an old server is refused where the scanner's user cannot be said, and --clone is named", async () => {
    if (!(await isOld())) return;
    await using namespace = await makeNamespace("attach");
    using into = folder();
    await runPod(namespace.name, podOf("web", null));
    const before = await contents(namespace.name);
    const { code, stderr } = await scanPod("web", namespace.name, into);
    expect(code).toBe(3);
    expect(stderr).toContain("--clone");
    expect(stderr).not.toContain("left behind");
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("that is not there, or has no such container, is named", async () => {
    await using namespace = await makeNamespace("attach");
    using into = folder();
    const missing = await scanPod("nobody", namespace.name, into);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain(`There is no pod/nobody in the namespace ${namespace.name}.`);
    await runPod(namespace.name, podOf("web", 0));
    const other = await scanPod("web", namespace.name, into, "-c", "db");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("has no container db");
  });
});
