/** Progress on stderr: a live bar on a terminal, plain lines elsewhere. */
import { capital } from "../errors.ts";
import type { Phase, ScanEvent } from "../scan/phases.ts";
import { fit, oneLine, printable } from "../reports/text.ts";
import { columnsOf, painter, print } from "./terminal.ts";

const words: Record<Phase, string> = {
  deploy: "Starting beside the target",
  identify: "Looking for the target",
  scan: "Auditing",
  retrieve: "Retrieving the result",
  process: "Judging",
  cleanup: "Cleaning up",
};

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Phases are told once something has been started; `end` removes the bar. */
export function progress(stream: NodeJS.WriteStream): {
  onEvent: (event: ScanEvent) => void;
  /** A line of its own above the bar. */
  line: (text: string) => void;
  end: () => void;
} {
  const paint = painter(stream);
  const live = stream.isTTY && process.env.TERM !== "dumb" && (process.env.CI ?? "") === "";
  let phase: Phase | null = null;
  let bar = "";
  let started = false;
  let frame = 0;
  let lastTenth = 0;
  let timer: NodeJS.Timeout | null = null;

  const draw = (): void => {
    if (!live || phase === null) return;
    frame = (frame + 1) % spinner.length;
    const text = `${spinner[frame]} ${words[phase]} ${bar}`;
    print(stream, `\r\u001b[2K${fit(text, columnsOf(stream) - 1)}`);
  };
  const line = (text: string): void => {
    print(stream, `${live ? "\r\u001b[2K" : ""}${text}\n`);
    draw();
  };

  const onEvent = (event: ScanEvent): void => {
    switch (event.type) {
      case "phase":
        // Input that was refused before anything started leaves nothing to clean up, and nothing to tell.
        started ||= event.phase !== "cleanup";
        if (!started) return;
        if (event.state === "started") {
          phase = event.phase;
          bar = "";
          if (live && timer === null) {
            timer = setInterval(draw, 100);
            timer.unref();
          }
          draw();
        } else if (event.state === "failed") {
          phase = null;
          line(`${paint("red", "✗")} ${words[event.phase]} ${paint("dim", `${event.seconds.toFixed(1)} s`)}`);
        } else if (event.phase !== "process") {
          phase = null;
          line(
            `${paint("green", "✓")} ${words[event.phase]} ${paint("dim", `${event.seconds.toFixed(1)} s`)}`,
          );
        }
        return;
      case "notice":
        line(
          `${event.level === "warning" ? paint("yellow", "!") : paint("dim", "·")} ${printable(event.message)}`,
        );
        return;
      case "agent":
        onAgent(event.event);
    }
  };

  const onAgent = (event: Extract<ScanEvent, { type: "agent" }>["event"]): void => {
    if (event.event === "waiting")
      line(`· Waiting up to ${event.limit} s for the target: ${printable(event.reason)}`);
    if (event.event === "identified") {
      const who =
        event.user.gid === event.user.uid ? `${event.user.uid}` : `${event.user.uid}:${event.user.gid}`;
      line(`  ${paint("dim", `process ${event.pid}, user ${who}: ${oneLine(event.command.join(" "), 60)}`)}`);
    }
    if (event.event === "access") {
      for (const { what, why } of event.limits)
        line(`${paint("yellow", "!")} ${capital(printable(what))}: ${printable(why)}`);
    }
    if (event.event === "progress") {
      const share = event.total === 0 ? 1 : event.done / event.total;
      const filled = Math.round(share * 24);
      bar = `${"█".repeat(filled)}${"░".repeat(24 - filled)} ${event.done}/${event.total} ${oneLine(event.control, 60)}`;
      draw();
      const tenth = Math.floor(share * 10);
      if (!live && tenth > lastTenth) {
        lastTenth = tenth;
        line(`  ${event.done}/${event.total} controls`);
      }
    }
  };

  return {
    onEvent,
    line,
    end: () => {
      if (timer !== null) clearInterval(timer);
      timer = null;
      if (live && phase !== null) stream.write("\r\u001b[2K");
      phase = null;
    },
  };
}
