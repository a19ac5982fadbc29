/** What status, events and refusals of a cluster mean, in words: those that no cluster here can be made to say. */
import { describe, expect, it } from "vitest";
import { Refusal, type Status } from "../../../src/engines/kubernetes/api/exchange.ts";
import { podTrouble } from "../../../src/engines/kubernetes/failures.ts";
import type { Cast } from "../../../src/engines/kubernetes/failures/trouble.ts";
import type { Sight } from "../../../src/engines/kubernetes/follow.ts";
import type { ClusterAccess } from "../../../src/engines/kubernetes/api/cluster-access.ts";
import type { V1Pod } from "../../../src/engines/kubernetes/manifest/api.ts";
import { explained } from "../../../src/engines/kubernetes/api/refusals.ts";
import { SidescanError } from "../../../src/errors.ts";

const cast: Cast = {
  scanner: "sidescan",
  target: "target",
  own: new Set(["sidescan-1-spec"]),
  canHold: true,
  shared: false,
};

const sight = (status: V1Pod["status"], more: Partial<V1Pod> & Partial<Sight> = {}): Sight => ({
  pod: {
    metadata: { name: "web", ...more.metadata },
    spec: { nodeName: "node-1", containers: [{ name: "sidescan" }, { name: "target" }], ...more.spec },
    ...(status === undefined ? {} : { status }),
  },
  gone: more.gone ?? false,
  events: more.events ?? [],
});

const container = (name: string, state: object, more: object = {}) => ({
  name,
  state,
  image: "app:1",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...more,
});

const event = (message: string) =>
  sight(
    { phase: "Pending" },
    { events: [{ reason: "FailedMount", message, metadata: {}, involvedObject: {} }] },
  );

const said = (of: Sight, by: Cast = cast): string => podTrouble(of, by)?.message ?? "";

describe("a pod", () => {
  it("that starts is no trouble", () => {
    const waiting = { waiting: { reason: "ContainerCreating" } };
    expect(
      podTrouble(sight({ phase: "Pending", containerStatuses: [container("target", waiting)] }), cast),
    ).toBeNull();
  });

  it("may be evicted, lose its node, reach its deadline, or be refused by its node", () => {
    expect(said(sight({ phase: "Failed", reason: "Evicted", message: "The node was low on memory." }))).toBe(
      "The pod web was evicted from node-1. The node was low on memory.",
    );
    expect(said(sight({ phase: "Running", reason: "NodeLost" }))).toContain(
      "node-1 does not answer any more",
    );
    const deadline = sight(
      { phase: "Failed", reason: "DeadlineExceeded" },
      { spec: { activeDeadlineSeconds: 90, containers: [] } },
    );
    expect(said(deadline)).toContain("reached its deadline of ");
    expect(said(sight({ phase: "Failed", reason: "OutOfmemory", message: "needs 2Gi" }))).toBe(
      "The node node-1 refuses the pod web: OutOfmemory. needs 2Gi",
    );
  });

  it("that somebody deletes says why, where the server knows", () => {
    expect(said(sight({ phase: "Running" }, { gone: true }))).toMatch(/was deleted by somebody else/u);
    const conditions = [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }];
    expect(said(sight({ phase: "Running", conditions }, { gone: true }))).toContain("it was evicted");
  });

  it("may have a scanner that needs more memory", () => {
    const killed = container("sidescan", { terminated: { exitCode: 137, reason: "OOMKilled" } });
    const trouble = podTrouble(sight({ phase: "Running", containerStatuses: [killed] }), cast);
    expect(trouble?.message).toContain("The scanner was killed because it needed more memory");
    expect(trouble?.hint).toContain("--overrides");
  });

  it("may have a target that was killed, perhaps for its memory: not every runtime says so in time", () => {
    const killed = container("target", { terminated: { exitCode: 137, reason: "Error" } });
    const limited = { containers: [{ name: "target", resources: { limits: { memory: "64Mi" } } }] };
    const running = { phase: "Running", containerStatuses: [killed] };
    expect(said(sight(running, { spec: limited }))).toContain(
      "by SIGKILL (exit code 137); perhaps it needed more memory than its limit, 64Mi",
    );
    expect(said(sight(running))).not.toContain("memory");
  });

  it("may have a target that ends by a signal, or again and again", () => {
    const killed = container("target", { terminated: { exitCode: 139 } });
    expect(said(sight({ phase: "Running", containerStatuses: [killed] }))).toContain("by SIGSEGV");
    const looping = container(
      "target",
      { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
      { restartCount: 7, lastState: { terminated: { exitCode: 1 } } },
    );
    const trouble = podTrouble(sight({ phase: "Running", containerStatuses: [looping] }), cast);
    expect(trouble?.message).toContain("ends again and again (7 restarts); last with exit code 1");
    expect(trouble?.logsOf).toBe("target");
  });

  it("may wait for an image, and tells why as far as the kubelet does", () => {
    const details = (message: string): string[] | undefined => {
      const waiting = container("target", { waiting: { reason: "ImagePullBackOff", message } });
      return podTrouble(sight({ phase: "Pending", containerStatuses: [waiting] }), cast)?.details;
    };
    const why = 'Back-off pulling image "app:1": ErrImagePull: no such host';
    expect(details(why)).toEqual([why]);
    expect(details('Back-off pulling image "app:1"')).toEqual([]);
  });

  it("that is somebody else's may have other containers in trouble", () => {
    const broken = container("other", { waiting: { reason: "ImagePullBackOff" } });
    const status = { phase: "Running", containerStatuses: [broken] };
    expect(podTrouble(sight(status), { ...cast, shared: true })).toBeNull();
    expect(said(sight(status))).toContain("container other's image");
  });

  it("may look for the run's own Secret a moment too early", () => {
    expect(
      podTrouble(event('MountVolume.SetUp failed: secret "sidescan-1-spec" not found'), cast),
    ).toBeNull();
    expect(said(event('MountVolume.SetUp failed: secret "theirs" not found'))).toContain("theirs");
  });
});

const access = {
  server: new URL("https://cluster:6443"),
  context: "x",
  credentials: { flaw: () => "the client certificate expired on Jan 1" },
} as unknown as ClusterAccess;

function told(code: number, message: string, more: Status = {}): SidescanError {
  const error = explained(
    new Refusal(code, { message, ...more }),
    { what: "create the pod web", namespace: "scans" },
    access,
  );
  expect(error).toBeInstanceOf(SidescanError);
  return error as SidescanError;
}

describe("a refusal", () => {
  it("by Pod Security names the --access that would pass", () => {
    const { message, hint, details } = told(
      403,
      'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "sidescan" must set securityContext.allowPrivilegeEscalation=false)',
    );
    expect(message).toContain("enforces the Pod Security Standard restricted");
    expect(hint).toContain("--access restricted");
    expect(details).toEqual([
      'allowPrivilegeEscalation != false (container "sidescan" must set securityContext.allowPrivilegeEscalation=false)',
    ]);
    expect(
      told(403, 'pods "web" is forbidden: violates PodSecurity "baseline:v1.30": hostPath volumes').hint,
    ).toContain("--access baseline");
  });

  it("by a webhook or a policy repeats its words", () => {
    const webhook = told(403, 'admission webhook "registries.example" denied the request: not our registry');
    expect(webhook.message).toContain("registries.example");
    expect(webhook.details).toEqual(["not our registry"]);
    const policy = told(
      422,
      "pods \"web\" is forbidden: ValidatingAdmissionPolicy 'no-root' with binding 'all' denied request: run as a user",
    );
    expect(policy.details).toEqual(["run as a user"]);
    expect(told(500, 'Internal error occurred: failed calling webhook "x": no endpoints').message).toContain(
      "webhook of the cluster does not work",
    );
  });

  it("by a namespace that is going away, or a service account that is not there", () => {
    expect(
      told(403, 'pods "web" is forbidden: unable to create new content because it is being terminated')
        .message,
    ).toContain("scans is being deleted");
    expect(
      told(403, 'error looking up service account scans/robot: serviceaccount "robot" not found').message,
    ).toContain("no service account robot");
  });

  it("of credentials says what is wrong with them", () => {
    const { message, hint } = told(401, "Unauthorized");
    expect(message).toContain("does not accept the credentials of the context x");
    expect(hint).toContain("The client certificate expired on Jan 1");
  });

  it("of a right at the scope of the cluster is granted by a ClusterRole", () => {
    const { details } = told(
      403,
      'pods is forbidden: User "ann" cannot list resource "pods" in API group "" at the cluster scope',
    );
    expect(details).toContain("kind: ClusterRole");
    expect(details).toContain("    name: ann");
  });
});
