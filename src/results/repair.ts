/**
 * Results of other tools that are nearly HDF, for reports alone: what is missing or of another type is read for what it means, and each
 * such place is told. A verdict is never given on them: a gate reads strictly (read.ts). What says nothing is an error, never a pass.
 */
import type { SidescanError } from "../errors.ts";
import { execJson, type ExecJson } from "./hdf.ts";
import { parseJson } from "./json-text.ts";
import { readResults } from "./read.ts";
import { isRecord, problemsOf } from "./shape.ts";

export type Repaired = {
  hdf: ExecJson;
  /** What was read otherwise than written, such as "impact: 3 times"; empty for HDF as it should be. */
  repairs: string[];
};

/** @throws SidescanError (exit code 3) when it is no result at all */
export function readAnyResults(text: string): Repaired {
  let problem: SidescanError;
  try {
    return { hdf: readResults(text), repairs: [] };
  } catch (error) {
    problem = error as SidescanError;
  }
  const parsed = parseJson(text);
  if ("problem" in parsed || !isRecord(parsed.value) || !Array.isArray(parsed.value["profiles"]))
    throw problem;
  const mender = new Mender();
  const mended = mender.document(parsed.value);
  if (problemsOf(mended, execJson).length > 0) throw problem;
  return { hdf: mended as ExecJson, repairs: mender.told() };
}

type Fields = Record<string, unknown>;

/** Impacts as words, by InSpec's own scale. */
const impacts: Record<string, number> = {
  none: 0,
  low: 0.3,
  medium: 0.5,
  moderate: 0.5,
  high: 0.7,
  critical: 0.9,
};

class Mender {
  readonly #repairs = new Map<string, number>();

  told(): string[] {
    return [...this.#repairs].map(([field, count]) => (count === 1 ? field : `${field}: ${count} times`));
  }

  document(value: Fields): Fields {
    return {
      ...value,
      platform: this.#record("platform", value["platform"], (platform) => ({
        ...platform,
        name: this.#text("platform.name", platform["name"]),
        release: this.#text("platform.release", platform["release"]),
      })),
      version: this.#text("version", value["version"]),
      statistics: this.#record("statistics", value["statistics"], (statistics) => ({
        ...statistics,
        duration: this.#optional("statistics.duration", statistics["duration"], numberOf),
      })),
      profiles: this.#list("profiles", value["profiles"]).map((profile, at) =>
        this.#record("profiles", profile, (one) => this.#profile(one, at)),
      ),
    };
  }

  #profile(profile: Fields, at: number): Fields {
    const texts = ["version", "title", "parent_profile", "status", "status_message", "skip_message"];
    return {
      ...profile,
      ...this.#texts("profile", profile, texts),
      name: this.#text("profile.name", profile["name"], `profile ${at + 1}`),
      sha256: this.#text("profile.sha256", profile["sha256"]),
      supports: this.#records("profile.supports", profile["supports"]),
      attributes: this.#records("profile.attributes", profile["attributes"]),
      groups: this.#records("profile.groups", profile["groups"]).map((group) => ({
        ...group,
        id: this.#text("group.id", group["id"]),
        controls: this.#list("group.controls", group["controls"]).map(String),
      })),
      controls: this.#list("profile.controls", profile["controls"]).map((control, index) =>
        this.#record("control", control, (one) => this.#control(one, index)),
      ),
    };
  }

  #control(control: Fields, at: number): Fields {
    return {
      ...control,
      ...this.#texts("control", control, ["title", "desc", "code"]),
      id: this.#text("control.id", control["id"], `control ${at + 1}`),
      impact: this.#impact(control["impact"]),
      descriptions: this.#descriptions(control["descriptions"]),
      refs: this.#list("control.refs", control["refs"]).map((ref) =>
        isRecord(ref) ? ref : (this.#tell("control.refs"), { ref: textOf(ref) }),
      ),
      tags: this.#record("control.tags", control["tags"], (tags) => ({
        ...tags,
        ...this.#texts("tags", tags, ["severity", "severityoverride"]),
      })),
      source_location: this.#record("control.source_location", control["source_location"], (place) => ({
        ...place,
        ...this.#texts("source_location", place, ["ref"]),
        line: this.#optional("source_location.line", place["line"], numberOf),
      })),
      waiver_data: this.#waiver(control["waiver_data"]),
      attestation_data: null,
      results: this.#list("control.results", control["results"]).map((result) =>
        this.#record("result", result, (one) => this.#result(one)),
      ),
    };
  }

  #result(result: Fields): Fields {
    const { backtrace } = result;
    const list = Array.isArray(backtrace) ? backtrace : backtrace ? [backtrace] : null;
    if (list !== null && (list !== backtrace || list.some((line) => typeof line !== "string")))
      this.#tell("result.backtrace");
    return {
      ...result,
      ...this.#texts("result", result, ["message", "skip_message", "exception"]),
      status: this.#status(result["status"]),
      code_desc: this.#text("result.code_desc", result["code_desc"]),
      start_time: this.#text("result.start_time", result["start_time"]),
      run_time: this.#optional("result.run_time", result["run_time"], numberOf),
      backtrace: list?.map(textOf) ?? null,
    };
  }

  #status(value: unknown): string {
    const word = typeof value === "string" ? value.trim().toLowerCase() : "";
    const known = ["passed", "failed", "skipped", "error"].find((one) => one === word);
    if (known !== value) this.#tell("result.status");
    return known ?? "error";
  }

  /** 0 would mean "does not apply", so what cannot be read is medium. */
  #impact(value: unknown): number {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.#tell("control.impact");
    const word = typeof value === "string" ? value.trim().toLowerCase() : "";
    return impacts[word] ?? numberOf(value) ?? 0.5;
  }

  #descriptions(value: unknown): Fields[] {
    if (value === null || value === undefined) return [];
    const list = Array.isArray(value)
      ? (value as unknown[]).filter(isRecord)
      : isRecord(value)
        ? Object.entries(value).map(([label, data]) => ({ label, data }))
        : [];
    if (!Array.isArray(value) || list.length !== value.length) this.#tell("control.descriptions");
    return list.map((one) => ({
      ...one,
      label: this.#text("descriptions.label", one["label"]),
      data: this.#text("descriptions.data", one["data"]),
    }));
  }

  #waiver(value: unknown): Fields | null {
    if (!isRecord(value)) {
      if (value !== null && value !== undefined) this.#tell("control.waiver_data");
      return null;
    }
    const skipped = value["skipped_due_to_waiver"];
    return {
      ...value,
      ...this.#texts("waiver_data", value, ["justification"]),
      // As inspecjs has it a text counts too; anything else did not keep the control from running.
      skipped_due_to_waiver: typeof skipped === "boolean" || typeof skipped === "string" ? skipped : null,
    };
  }

  #text(field: string, value: unknown, missing = ""): string {
    if (typeof value === "string") return value;
    this.#tell(field);
    return value === null || value === undefined ? missing : textOf(value);
  }

  /** Fields that may be absent or null. */
  #texts(where: string, value: Fields, names: string[]): Fields {
    return Object.fromEntries(
      names.flatMap((name) => {
        const one = value[name];
        return one === undefined ? [] : [[name, this.#optional(`${where}.${name}`, one, textOf)]];
      }),
    );
  }

  #optional<Type extends string | number>(
    field: string,
    value: unknown,
    read: (value: unknown) => Type | null,
  ): Type | null {
    if (value === null || value === undefined) return null;
    const found = read(value);
    if (found !== value) this.#tell(field);
    return found;
  }

  #list(field: string, value: unknown): unknown[] {
    if (Array.isArray(value)) return value as unknown[];
    this.#tell(field);
    return [];
  }

  #records(field: string, value: unknown): Fields[] {
    return this.#list(field, value).map((one) => this.#record(field, one, (record) => record));
  }

  #record(field: string, value: unknown, mend: (value: Fields) => Fields): Fields {
    if (!isRecord(value)) this.#tell(field);
    return mend(isRecord(value) ? value : {});
  }

  #tell(field: string): void {
    this.#repairs.set(field, (this.#repairs.get(field) ?? 0) + 1);
  }
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));

function numberOf(value: unknown): number | null {
  if (typeof value === "string" && value.trim() === "") return null;
  const number = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}
