/** How the local engine starts Ruby: which one, with which gems, and with nothing else of the caller's environment. */
import { join, resolve } from "node:path";
import { agentSpec, type AgentSpec } from "../../protocol/spec.ts";
import { PROTOCOL_VERSION } from "../../protocol/events.ts";
import type { AuditRequest } from "../engine.ts";

/** What the engine needs to be given; a RuntimeHome (src/setup/home.ts) is one. */
export type LocalRuntime = {
  /** Absolute path. */
  ruby: string;
  /** GEM_HOME and GEM_PATH; null when the Ruby brings its auditor along. */
  gemHome: string | null;
  /** Directory of the supplied shell and GNU tools. */
  tools: string | null;
  /** The project's `scanner/` folder. */
  scannerDir: string;
};

/** Of the caller's environment only what a program needs to find its way; RUBYOPT, BUNDLE_* and their like would change the auditor. */
const passed = ["PATH", "HOME", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/** Of the agent and of the local pod. */
export function environment({ gemHome }: LocalRuntime): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LANG: "C.UTF-8" };
  for (const name of passed) if (process.env[name] !== undefined) env[name] = process.env[name];
  return gemHome === null ? env : { ...env, GEM_HOME: gemHome, GEM_PATH: gemHome };
}

/** The agent, told what to do on its stdin. */
export const agentCommand = ({ ruby, scannerDir }: LocalRuntime): [string, ...string[]] => [
  ruby,
  join(scannerDir, "agent/bin/sidescan-agent"),
  "--spec",
  "-",
];

/** The part of the agent's specification that does not depend on where it runs. */
export function commonSpec(
  request: AuditRequest,
  { tools }: LocalRuntime,
  ownership: AgentSpec["ownership"],
): Omit<AgentSpec, "target" | "work" | "results"> {
  const { profiles, auditor, ...asked } = request;
  return {
    protocol: PROTOCOL_VERSION,
    ...asked,
    profiles: absolute(profiles),
    auditor: {
      ...auditor,
      inputFiles: absolute(auditor.inputFiles),
      waiverFiles: absolute(auditor.waiverFiles),
    },
    tools,
    ownership,
  };
}

/** The agent works in another directory. */
const absolute = (paths: string[]): string[] => paths.map((path) => resolve(path));

/** The finished specification, as the one line that the agent reads. */
export const specLine = (spec: AgentSpec): string => JSON.stringify(agentSpec.parse(spec));
