/** Which of the things that sidescan made may be removed. */
import { describe, expect, it } from "vitest";
import { judge } from "../../../src/engines/kubernetes/gc.ts";
import { expiresAnnotation, labelsOf } from "../../../src/engines/kubernetes/manifest/labels.ts";

const now = Date.parse("2030-01-01T12:00:00Z");
const [past, future] = ["2030-01-01T11:00:00Z", "2030-01-01T13:00:00Z"];

const metadata = (run: string, expires: string | null) => ({
  name: `sidescan-${run}`,
  namespace: "scans",
  uid: run,
  labels: labelsOf(run),
  creationTimestamp: "2030-01-01T10:00:00Z" as unknown as Date,
  annotations: expires === null ? {} : { [expiresAnnotation]: expires },
});

const pod = (run: string, expires: string | null, ended = false) => ({
  kind: "Pod",
  metadata: metadata(run, expires),
  status: {
    phase: "Running",
    containerStatuses: [
      {
        name: "sidescan",
        image: "",
        imageID: "",
        ready: true,
        restartCount: 0,
        state: ended ? { terminated: { exitCode: 0 } } : { running: {} },
      },
    ],
  },
});
const secret = (run: string, expires: string | null) => ({
  kind: "Secret",
  metadata: metadata(run, expires),
});

const going = (items: Parameters<typeof judge>[0], olderThan: number | null = null) =>
  judge(items, olderThan, now).map(({ found }) => `${found.kind} ${found.run} ${found.why}`);

describe("garbage", () => {
  it("is what has expired, with all that belongs to it", () => {
    expect(going([pod("a", past), secret("a", past), pod("b", future), secret("b", future)])).toEqual([
      "Pod a expired",
      "Secret a expired",
    ]);
  });

  it("is never a run that may be going on, however old it is", () => {
    expect(going([pod("a", future), secret("a", future)], 0)).toEqual([]);
    expect(going([pod("a", future), secret("a", past)], 0)).toEqual([]);
  });

  it("is, with an age, what is over too", () => {
    const over = [pod("a", future, true), secret("a", future)];
    expect(going(over)).toEqual([]);
    expect(going(over, 3_600_000)).toEqual(["Pod a over", "Secret a over"]);
    expect(going(over, 3 * 3_600_000)).toEqual([]);
  });

  it("is nothing without a date, and nothing of a scan in somebody else's pod before its time", () => {
    expect(going([pod("a", null), secret("b", null)])).toEqual([]);
    expect(going([secret("b", future)], 0)).toEqual([]);
    expect(going([secret("b", past)])).toEqual(["Secret b expired"]);
  });
});
