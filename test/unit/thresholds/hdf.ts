/** Small results to judge: the least that InSpec's ExecJSON must hold. */
import type { ExecJson, HdfControl, HdfProfile, HdfResult } from "../../../src/results/hdf.ts";

export const result = (status: HdfResult["status"], more: Partial<HdfResult> = {}): HdfResult => ({
  status,
  code_desc: `it ${status}`,
  start_time: "2026-01-01T00:00:00+00:00",
  run_time: 0.001,
  ...more,
});

/** A control with one result of this status; null gives none. */
export const control = (
  id: string,
  status: HdfResult["status"] | null,
  more: Partial<HdfControl> = {},
): HdfControl => ({
  id,
  title: `Title of ${id}`,
  desc: "why",
  descriptions: [],
  impact: 0.5,
  refs: [],
  tags: {},
  code: `control "${id}" do end`,
  source_location: { ref: "controls/a.rb", line: 1 },
  results: status === null ? [] : [result(status)],
  ...more,
});

export const profile = (
  name: string,
  controls: HdfControl[],
  more: Partial<HdfProfile> = {},
): HdfProfile => ({
  name,
  version: "1.0.0",
  sha256: "0".repeat(64),
  title: name,
  supports: [],
  attributes: [],
  groups: [],
  status: "loaded",
  controls,
  ...more,
});

export const hdf = (...profiles: HdfProfile[]): ExecJson => ({
  platform: { name: "debian", release: "12" },
  profiles,
  statistics: { duration: 0.1 },
  version: "5.24.24",
});

/** The text of a result with one profile. */
export const results = (...controls: HdfControl[]): string => JSON.stringify(hdf(profile("a", controls)));
