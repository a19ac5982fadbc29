/** Why a pod does not start, or does not go on: the cause, what to do, at once, and nothing left. Real refusals of a real cluster. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppsV1Api, KubeConfig, type Cluster, type V1PodSpec } from "@kubernetes/client-node";
import {
  contents,
  core,
  leftovers,
  makeNamespace,
  runPod,
  sidescan,
  start,
  testImage,
  unavailable,
  until,
  type Namespace,
} from "./harness.ts";
import { folder, profile, scanOf, scanWords } from "./scans.ts";

/** Seconds: deploying and cleaning up; the limits that would be waited for otherwise are longer. */
const soon = 30_000;

describe.skipIf(unavailable !== null)("a scan that cannot be", () => {
  let namespace: Namespace;
  let before: string[];
  beforeAll(async () => {
    namespace = await makeNamespace("failures");
  });
  afterAll(() => namespace[Symbol.asyncDispose]());
  beforeEach(async () => {
    before = await contents(namespace.name);
  });

  /** Scans, expects exit code 3 and that nothing is left, and returns what was said. */
  async function refused(image: string, ...more: string[]): Promise<string> {
    using into = folder();
    const started = performance.now();
    const { code, stderr } = await sidescan(scanOf(image, namespace.name, into, ...more));
    expect(code, stderr).toBe(3);
    expect(performance.now() - started).toBeLessThan(soon);
    expect(await contents(namespace.name)).toEqual(before);
    return stderr;
  }

  it("names the target's image that is nowhere", async () => {
    const said = await refused("nowhere", "--image-pull-policy", "Never");
    expect(said).toMatch(
      /The target's image localhost\/sidescan-test\/nowhere:dev is not on the node, and may not be pulled/u,
    );
    expect(said).toContain("--image-pull-policy IfNotPresent");
  });

  it("names an image that cannot be pulled, with the registry's words", async () => {
    const said = await refused("nowhere");
    expect(said).toMatch(
      /The target's image \S+nowhere:dev cannot be pulled \((ErrImagePull|ImagePullBackOff)\)/u,
    );
    expect(said).toContain("--image-pull-secret");
  });

  it("says how to get a scanner image that is missing", async () => {
    const said = await refused("distroless", "--scanner-image", "localhost/no-scanner:1");
    expect(said).toMatch(/The scanner's image localhost\/no-scanner:1 cannot be pulled/u);
    expect(said).toMatch(/npm run image.*--scanner-image.*--scanner-kit/u);
  });

  it("says that an image is no scanner image", async () => {
    const said = await refused("distroless", "--scanner-image", testImage("debian"));
    expect(said).toMatch(/That image is no scanner image/u);
  });

  it("names a Secret that the target's environment needs", async () => {
    const said = await refused("distroless", "--env-from", "secret/nobody-made-it");
    expect(said).toMatch(/The container target cannot be configured: secret "nobody-made-it" not found/u);
    expect(said).toContain("Create the secret nobody-made-it");
  });

  it("shows the last lines of a target that ends, and --hold", async () => {
    const said = await refused("crashes");
    expect(said).toMatch(/The target ended before it was audited, with exit code 3/u);
    expect(said).toContain("the database is not there");
    expect(said).toContain("--hold");
  });

  it("says that an image has nothing to run", async () => {
    const said = await refused("hold-only");
    expect(said).toMatch(/The container target cannot be started: .*no command specified/u);
    expect(said).toContain("--hold");
  });

  it("says that there is no such program", async () => {
    const said = await refused("distroless", "--command", "/no/such/program");
    expect(said).toMatch(/The container target cannot be started: .*no such file or directory/u);
  });

  it("tells the scheduler's reasons", async () => {
    const said = await refused("distroless", "--node-selector", "colour=blue");
    expect(said).toMatch(/No node takes the pod sidescan-\w+: 0\/1 nodes are available/u);
    expect(said).toContain("--schedule-wait");
  });

  it("gives an autoscaler the time that it is allowed", async () => {
    const said = await refused("distroless", "--node-selector", "colour=blue", "--schedule-wait", "2");
    expect(said).toMatch(/also not within 2 s: 0\/1 nodes are available/u);
  });

  it("does not touch a pod that has the name already", async () => {
    const spec: V1PodSpec = {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: "app", image: testImage("debian"), imagePullPolicy: "Never" }],
    };
    await runPod(namespace.name, { metadata: { name: "taken" }, spec });
    before = await contents(namespace.name);
    const said = await refused("distroless", "--pod-name", "taken");
    expect(said).toMatch(/the name taken is taken in the namespace/u);
    await core.deleteNamespacedPod({ name: "taken", namespace: namespace.name, gracePeriodSeconds: 0 });
  });

  it("tells of a quota", async () => {
    const quota = { metadata: { name: "small" }, spec: { hard: { pods: "0" } } };
    await core.createNamespacedResourceQuota({ namespace: namespace.name, body: quota });
    await until(
      "the quota",
      async () =>
        (await core.readNamespacedResourceQuota({ name: "small", namespace: namespace.name })).status?.hard,
    );
    const said = await refused("distroless");
    expect(said).toMatch(/it would exceed the quota small of the namespace/u);
    await core.deleteNamespacedResourceQuota({ name: "small", namespace: namespace.name });
  });

  it("tells of a LimitRange", async () => {
    const range = {
      metadata: { name: "narrow" },
      spec: { limits: [{ type: "Container", max: { memory: "8Mi" } }] },
    };
    await core.createNamespacedLimitRange({ namespace: namespace.name, body: range });
    const said = await until("the refusal", async () => {
      using into = folder();
      const { stderr } = await sidescan(scanOf("distroless", namespace.name, into));
      return /LimitRange/u.test(stderr) && stderr;
    });
    expect(said).toMatch(/it does not keep to the LimitRange of the namespace/u);
    await core.deleteNamespacedLimitRange({ name: "narrow", namespace: namespace.name });
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("names a ConfigMap that a workload's volume needs", async () => {
    const config = new KubeConfig();
    config.loadFromDefault();
    const selector = { app: "web" };
    await config.makeApiClient(AppsV1Api).createNamespacedDeployment({
      namespace: namespace.name,
      body: {
        metadata: { name: "web" },
        spec: {
          replicas: 0,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: selector },
            spec: {
              containers: [
                {
                  name: "app",
                  image: testImage("debian"),
                  imagePullPolicy: "Never",
                  volumeMounts: [{ name: "settings", mountPath: "/settings" }],
                },
              ],
              volumes: [{ name: "settings", configMap: { name: "nobody-made-it" } }],
            },
          },
        },
      },
    });
    using into = folder();
    const { code, stderr } = await sidescan(
      scanWords("deployment/web", namespace.name, into, "--profile", profile),
    );
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/A volume cannot be mounted: .*configmap "nobody-made-it" not found/u);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("says that a namespace is missing", async () => {
    using into = folder();
    const { code, stderr } = await sidescan(scanOf("distroless", "no-such-namespace", into));
    expect(code).toBe(3);
    expect(stderr).toMatch(/there is no namespace no-such-namespace/u);
    expect(stderr).toContain("kubectl create namespace no-such-namespace");
  });

  it("says that the pod was deleted by somebody else", async () => {
    using into = folder();
    const running = start(scanOf("debian", namespace.name, into, "--hold", "--command-timeout", "60"));
    const [pod = ""] = await until("the pod", async () => {
      const left = (await leftovers(namespace.name)).filter((one) => one.startsWith("pod/"));
      return left.length > 0 && left;
    });
    const name = pod.slice("pod/".length);
    await core.deleteNamespacedPod({ name, namespace: namespace.name, gracePeriodSeconds: 0 });
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/was deleted by somebody else during the scan/u);
    expect(await contents(namespace.name)).toEqual(before);
  });

  it("says that the target needed more memory than its limit", async () => {
    const overrides = {
      spec: {
        containers: [
          {
            name: "target",
            command: ["tail", "/dev/zero"],
            resources: { requests: { memory: "64Mi" }, limits: { memory: "64Mi" } },
            // Never ready: however long it takes to fill its memory, nothing is audited before.
            readinessProbe: { exec: { command: ["false"] } },
          },
        ],
      },
    };
    using into = folder();
    writeFileSync(`${into.path}/overrides.json`, JSON.stringify(overrides));
    const said = await refused("debian", "--wait-ready", "--overrides", `${into.path}/overrides.json`);
    // A runtime may hear of the end before it hears of the cause.
    expect(said).toMatch(
      /The target ended before it was audited, .*needed more memory than its limit.*64Mi/u,
    );
  });
});

describe.skipIf(unavailable !== null)("an API server that cannot be used", () => {
  it("is named with its address and the cause", async () => {
    using into = folder();
    const kubeconfig = `${into.path}/kubeconfig`;
    const content = {
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    writeFileSync(kubeconfig, JSON.stringify(content));
    const { code, stderr } = await sidescan(scanOf("distroless", "any", into, "--kubeconfig", kubeconfig));
    expect(code).toBe(3);
    expect(stderr).toContain(
      "Cannot reach the API server https://127.0.0.1:1 (context x): nothing listens there.",
    );
  });

  it("may have a certificate that nobody vouches for, or refuse the credentials", async () => {
    using into = folder();
    const config = new KubeConfig();
    config.loadFromDefault();
    const { server, caFile, caData } = config.getCurrentCluster() as Cluster;
    const kubeconfig = (cluster: object): string => {
      const file = `${into.path}/kubeconfig`;
      const content = {
        clusters: [{ name: "c", cluster: { server, ...cluster } }],
        users: [{ name: "u", user: { token: "no-such-token" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      };
      writeFileSync(file, JSON.stringify(content));
      return file;
    };
    const scan = (file: string) => sidescan(scanOf("distroless", "any", into, "--kubeconfig", file));
    const untrusted = await scan(kubeconfig({}));
    expect(untrusted.code).toBe(3);
    expect(untrusted.stderr).toMatch(/its certificate is signed by nobody the kubeconfig trusts/u);
    const stranger = await scan(
      kubeconfig({
        "certificate-authority": caFile,
        "certificate-authority-data": caData,
      }),
    );
    expect(stranger.code).toBe(3);
    expect(stranger.stderr).toMatch(/does not accept the credentials of the context x/u);
  });

  it("may be one that no kubeconfig names: a matter of configuration", async () => {
    using into = folder();
    const { code, stderr } = await sidescan(
      scanOf("distroless", "any", into, "--context", "no-such-context"),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no context no-such-context/u);
  });
});
