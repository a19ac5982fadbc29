/** Reads the files that an audit names, so that everything after it is pure. */
import { readFile } from "node:fs/promises";
import { messageOf, usageError } from "../../errors.ts";
import type { AuditRequest } from "../engine.ts";
import type { RequestFiles } from "./manifest/types.ts";

/** @throws SidescanError (exit code 2) when one of them cannot be read */
export async function readRequestFiles(request: AuditRequest): Promise<RequestFiles> {
  return {
    profiles: await readAll(request.profiles),
    inputFiles: await readAll(request.auditor.inputFiles),
    waiverFiles: await readAll(request.auditor.waiverFiles),
  };
}

const readAll = (files: string[]): Promise<Uint8Array[]> =>
  Promise.all(
    files.map((file) =>
      readFile(file).catch((error: unknown) => {
        throw usageError(`Cannot read ${file}: ${messageOf(error)}`);
      }),
    ),
  );
