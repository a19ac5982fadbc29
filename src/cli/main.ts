#!/usr/bin/env node
/** Where the process starts: runs the command line and sets the exit code, so that what is still being written gets out. */
import { main } from "./program.ts";

// A reader that went away (`sidescan ... | head`) is no reason for a stack trace.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await main(process.argv.slice(2));
