/** The scanner image and the images that the other tests audit, as they run on the cluster. */
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  contents,
  core,
  until,
  logOfEnded,
  makeNamespace,
  runPod,
  scannerImage,
  testImage,
  unavailable,
  type Namespace,
} from "./harness.ts";

/** Everything that Pod Security's "restricted" asks for, and a root file system that nobody can write to. */
const restricted = {
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const pod = (name: string, ...containers: Omit<V1Container, "imagePullPolicy">[]): V1Pod => ({
  metadata: { name },
  spec: {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    containers: containers.map((container) => ({ imagePullPolicy: "IfNotPresent", ...container })),
  },
});

let space: Namespace;

/** What a Ruby of the scanner image prints. */
async function ruby(name: string, code: string): Promise<string> {
  const container = {
    name: "ruby",
    image: scannerImage,
    command: ["/usr/bin/ruby", "-e", code],
    securityContext: restricted,
  };
  await core.createNamespacedPod({ namespace: space.name, body: pod(name, container) });
  const { code: status, log } = await logOfEnded(space.name, name, "ruby");
  expect(status, log).toBe(0);
  return log;
}

describe.skipIf(unavailable !== null)("the scanner image", () => {
  beforeAll(async () => void (space = await makeNamespace("images")));
  afterAll(() => space[Symbol.asyncDispose]());

  test("its agent starts as a user without rights, on a root file system that is read-only", async () => {
    const container = {
      name: "agent",
      image: scannerImage,
      args: ["--version"],
      securityContext: restricted,
    };
    await core.createNamespacedPod({ namespace: space.name, body: pod("agent", container) });
    expect(await logOfEnded(space.name, "agent", "agent")).toMatchObject({
      code: 0,
      log: expect.stringMatching(/^sidescan-agent \d/u) as string,
    });
  });

  test("every resource of the auditor loads but the one whose library the auditor does not bring either", async () => {
    const log = await ruby(
      "resources",
      `$LOAD_PATH.unshift("/opt/sidescan/agent/lib"); require "sidescan/agent"; ARGV.replace(["exec"])
      require "inspec"; require "inspec/cli"; require "train-procroot"
      files = Dir.glob("#{Gem.loaded_specs["inspec-core"].full_gem_path}/lib/inspec/resources/*.rb").sort
      missing = files.reject { |file| begin; require file; true; rescue LoadError; false; end }
      puts files.length, missing.map { |file| File.basename(file) }, Encoding.default_external`,
    );
    const [count, ...rest] = log.trim().split("\n");
    expect(Number(count)).toBeGreaterThan(150);
    expect(rest).toEqual(["mongodb_session.rb", "UTF-8"]);
  });

  test("it holds no shell, no package manager, no linter, no tests and no manuals", async () => {
    const log = await ruby(
      "contents",
      `puts Dir.glob("/{usr/,}{s,}bin/*"), Dir.glob("/opt/sidescan/bin/*"), Dir.glob("/opt/sidescan/bundle/ruby/*/gems/*/{test,spec,ext}"),
        Dir.glob("/usr/share/{man,doc/*/changelog*}"), Gem::Specification.map(&:name).grep(/rubocop|cookstyle|minitest|rake|bundler/)`,
    );
    const names = [...new Set(log.trim().split("\n"))].toSorted();
    expect(names.filter((name) => !/^\/(?:usr\/)?s?bin\/ruby/u.test(name))).toEqual([
      "/opt/sidescan/bin/agent",
      "/opt/sidescan/bin/hold",
      "rubocop-ast",
    ]);
  });

  test("tools that list packages find Debian's, the supplied tools' and the gems", async () => {
    const log = await ruby(
      "packages",
      `require "json"
      status = File.read("/var/lib/dpkg/status").split("\\n\\n").map { |entry| entry.scan(/^(Package|Version|Status): (.*)$/).to_h }
      tools = Dir.glob("/var/lib/dpkg/status.d/*").map { |file| File.read(file).scan(/^(Package|Version|Status): (.*)$/).to_h }
      manifest = JSON.parse(File.read("/opt/sidescan/tools/manifest.json"))["packages"].map { |package| package["name"] } - ["patchelf"]
      listed = Dir.glob("/var/lib/dpkg/info/*.list").flat_map { |file| File.readlines(file, chomp: true) }
      puts JSON.generate(status:, tools:, manifest:, unlicensed: (tools + status).map { |entry| entry["Package"] }.reject { |name| File.exist?("/usr/share/doc/#{name}/copyright") },
        os: File.read("/etc/os-release")[/^ID=.*/],
        absent: listed.reject { |path| File.exist?(path) || File.symlink?(path) }, gems: Gem::Specification.map(&:full_name),
        unowned: Dir.glob("/usr/{[a-r]*,s[a-gi-z]*}/**/*").select { |path| File.file?(path) }.map { |path| File.realpath(path) }.uniq -
          listed.map { |path| File.realpath(path) rescue path })`,
    );
    const found = JSON.parse(log) as {
      status: Record<string, string>[];
      tools: Record<string, string>[];
      manifest: string[];
      unlicensed: string[];
      os: string;
      absent: string[];
      gems: string[];
      unowned: string[];
    };
    const whole = { Version: expect.stringMatching(/\d/u) as string, Status: "install ok installed" };
    expect(found.status).toContainEqual({ Package: "libruby3.1", ...whole });
    expect(found.tools.map((entry) => entry["Package"])).toEqual(found.manifest.toSorted());
    expect(found.unlicensed).toEqual([]);
    for (const entry of [...found.status, ...found.tools]) expect(entry).toMatchObject(whole);
    expect(found.gems).toContain("inspec-core-5.24.24");
    expect(found.os).toBe("ID=debian");
    expect(found.absent).toEqual([]);
    expect(found.unowned).toEqual([]);
  });

  test("a process of its Ruby cannot be looked into by another of the same user", async () => {
    const code = `child = fork { sleep }; exec_child = spawn("/usr/bin/ruby3.1", "-e", "sleep"); sleep 1
      puts [exec_child].map { |pid| begin; File.readlink("/proc/#{pid}/root"); rescue SystemCallError => e; e.class; end }
      puts File.readable?("/usr/bin/ruby3.1"); [child, exec_child].each { |pid| Process.kill(:KILL, pid) }`;
    expect((await ruby("closed", code)).trim().split("\n")).toEqual(["Errno::EACCES", "false"]);
  });

  test("hold waits until it is asked to end, and copies itself for others", async () => {
    const volume = [{ name: "shared", mountPath: "/shared" }];
    const command = ["/opt/sidescan/bin/hold", "--copy-to", "/shared"];
    const body = pod("hold", {
      name: "held",
      image: testImage("hold-only"),
      command: ["/shared/hold"],
      volumeMounts: volume,
    });
    body.spec!.volumes = [{ name: "shared", emptyDir: {} }];
    body.spec!.initContainers = [
      {
        name: "copy",
        image: scannerImage,
        imagePullPolicy: "IfNotPresent",
        command,
        volumeMounts: volume,
        securityContext: restricted,
      },
    ];
    await runPod(space.name, body);
    const asked = performance.now();
    await core.deleteNamespacedPod({ namespace: space.name, name: "hold", gracePeriodSeconds: 30 });
    await until("its end", async () => !(await contents(space.name)).includes("pod/hold"));
    // Well within the time after which it would have been killed.
    expect(performance.now() - asked).toBeLessThan(25_000);
  });
});

describe.skipIf(unavailable !== null)("the test images", () => {
  beforeAll(async () => void (space = await makeNamespace("images")));
  afterAll(() => space[Symbol.asyncDispose]());

  test.each(["debian", "nonroot", "distroless", "scratch", "forks", "auditor"])(
    "%s runs until it is ended",
    async (name) => {
      const { status } = await runPod(space.name, pod(name, { name, image: testImage(name) }));
      expect(status?.phase).toBe("Running");
    },
  );

  test.each([
    ["ends-at-once", 0, ""],
    ["crashes", 3, "the database is not there"],
  ])("%s ends", async (name, code, words) => {
    await core.createNamespacedPod({
      namespace: space.name,
      body: pod(name, { name, image: testImage(name) }),
    });
    expect(await logOfEnded(space.name, name, name)).toMatchObject({
      code,
      log: expect.stringContaining(words) as string,
    });
  });
});
