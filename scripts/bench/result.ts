/** A result of a given size, as a large public profile leaves it: many controls with descriptions, code and several results each. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export async function resultOf(bytes: number, folder: string): Promise<{ results: string; bytes: number }> {
  const controls: object[] = [];
  const document = {
    platform: { name: "debian", release: "12", target_id: "bench" },
    profiles: [
      {
        name: "bench",
        version: "1.0.0",
        sha256: "0".repeat(64),
        title: "Bench",
        supports: [],
        attributes: [],
        groups: [],
        controls,
        status: "loaded",
      },
    ],
    statistics: { duration: 1 },
    version: "5.24.24",
  };
  const perControl = JSON.stringify(control(0)).length + 1;
  for (let index = 0; index * perControl < bytes; index += 1) controls.push(control(index));
  const text = JSON.stringify(document);
  const results = join(folder, "result.json");
  await writeFile(results, text);
  return { results, bytes: text.length };
}

function control(index: number): object {
  const prose =
    "The operating system must keep what it is told to keep, and must be able to show that it did. ".repeat(
      12,
    );
  const failed = index % 3 === 0;
  return {
    id: `SV-${200_000 + index}`,
    title: `Requirement ${index}`,
    desc: prose,
    descriptions: ["default", "check", "fix"].map((label) => ({ label, data: prose })),
    impact: [0.3, 0.5, 0.7][index % 3],
    refs: [],
    tags: { severity: "medium", nist: ["CM-6 b"], cci: ["CCI-000366"] },
    code: `control "SV-${index}" do\n${"  describe file('/etc/x') do\n    it { should exist }\n  end\n".repeat(8)}end\n`,
    source_location: { ref: "controls/bench.rb", line: index },
    results: Array.from({ length: 5 }, (_, result) => ({
      status: failed && result === 0 ? "failed" : "passed",
      code_desc: `File /etc/x${result} is expected to exist`,
      run_time: 0.001,
      start_time: "2026-01-01T00:00:00+00:00",
      ...(failed && result === 0 ? { message: 'expected File "/etc/x0" to exist' } : {}),
    })),
  };
}
