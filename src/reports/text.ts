/**
 * Text from a target, made harmless to show. A result may hold anything that the target holds: terminal escapes, bidirectional
 * overrides that reorder a line, invisible characters, megabytes without a line end.
 */

/** Colours and styles (SGR): RSpec writes them into the differences it prints, so they mean nothing here and go silently. */
// oxlint-disable-next-line no-control-regex
const styles = /\u{1B}\[[\d;:]*m/gu;

/** Controls but tab and line feed; format characters but the joiners that scripts and emoji need; line separators, blank letters, noncharacters. */
const unseen =
  /[^\P{Cc}\t\n]|[^\P{Cf}\u{200C}\u{200D}]|[\u{2028}\u{2029}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{FDD0}-\u{FDEF}\u{FFFE}\u{FFFF}]/gu;

const visible = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u{${code.toString(16).toUpperCase()}}`;
};

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Cuts to `limit` characters and says so; never in the middle of a surrogate pair. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text
    .slice(0, limit)
    .toWellFormed()
    .replace(/\u{FFFD}$/u, "")}… (${grouped(text.length - limit)} more characters)`;
}

/** `text` with everything unseen made visible (`\x1b`, `\u{202E}`), at most about `limit` characters of it. */
export const printable = (text: string, limit = 20_000): string =>
  // Cut first with room to spare, so that a megabyte of styles is not searched for the sake of its start.
  cut(
    cut(text, limit * 2)
      .toWellFormed()
      .replaceAll("\r\n", "\n")
      .replace(styles, "")
      .replace(unseen, visible),
    limit,
  );

/** The same on one line: line ends and runs of blanks are one blank. */
export const oneLine = (text: string, limit = 2_000): string =>
  printable(
    cut(text, limit * 2)
      .replace(/\s+/gu, " ")
      .trim(),
    limit,
  );

const wide =
  /[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const zero = /[\p{M}\u{200C}\u{200D}]/u;

/** Latin letters, and the signs that our own reports are made of: the expressions above take milliseconds to be compiled. */
const isPlain = (character: string): boolean => character < "\u0300" || "…–✓✗↷█░".includes(character);

const cells = (character: string): number =>
  isPlain(character) ? 1 : zero.test(character) ? 0 : wide.test(character) ? 2 : 1;

/** Columns that `text`, one line without controls, takes on a terminal. */
export function columns(text: string): number {
  if (/^[ -~]*$/u.test(text)) return text.length;
  let sum = 0;
  for (const character of text) sum += cells(character);
  return sum;
}

/** `text` on at most `width` columns, with an ellipsis when it was longer. */
export function fit(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let out = "";
  let used = 0;
  for (const character of text) {
    used += cells(character);
    if (used > width - 1) break;
    out += character;
  }
  return width < 1 ? "" : `${out.trimEnd()}…`;
}

/** `text` filled up with blanks to `width` columns; `start` puts the blanks in front. */
export const pad = (text: string, width: number, start = false): string => {
  const blanks = " ".repeat(Math.max(0, width - columns(text)));
  return start ? blanks + text : text + blanks;
};

/** Words of `text` on lines of at most `width` columns; a longer word is broken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && columns(line) + 1 + columns(word) <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (columns(word) > width) {
      let head = "";
      for (const character of word) {
        if (columns(head) + cells(character) > width) break;
        head += character;
      }
      if (head === "") break;
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  return line === "" ? lines : [...lines, line];
}

/** `1 control`, `2 controls`. */
export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${grouped(count)} ${count === 1 ? noun : many}`;

/** Seconds, as a reader says them: `0.04 s`, `12.3 s`, `2 min 05 s`. */
export function seconds(value: number): string {
  if (value < 1) return `${value.toFixed(2)} s`;
  if (value < 60) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** A rounded percentage, with the unrounded one beside it where the rounding hides something: `80% (79.52%)`. */
export function percent(compliance: { rounded: number; exact: number }): string {
  const exact = unrounded(compliance);
  return exact === null ? `${compliance.rounded}%` : `${compliance.rounded}% (${exact}%)`;
}

/** Null where nothing was rounded. Two decimals, or as many as keep an almost whole number from looking whole: 99.996 is not 100.00. */
export function unrounded({ rounded, exact }: { rounded: number; exact: number }): string | null {
  if (Math.abs(exact - rounded) < 1e-9) return null;
  const digits = [2, 3, 4, 6].find((count) => Number(exact.toFixed(count)) !== rounded);
  return exact.toFixed(digits ?? 9);
}
