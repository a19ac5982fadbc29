/** How the terminal's reports are laid out: styles, marks, and lines no wider than the terminal. */
import type { Status } from "../results/model.ts";
import { painter, type Paint, type Style } from "./style.ts";
import { pad, wrap } from "./text.ts";

export type CliOptions = {
  colour?: boolean;
  /** Columns of the terminal; 80 when unknown. */
  columns?: number;
  /** Reports that were written, to be named at the end. */
  files?: { name: string; path: string }[];
};

export const marks: Record<Status, { mark: string; style: Style }> = {
  failed: { mark: "✗", style: "red" },
  error: { mark: "!", style: "magenta" },
  skipped: { mark: "↷", style: "yellow" },
  passed: { mark: "✓", style: "green" },
  no_impact: { mark: "–", style: "dim" },
};

export type Page = { paint: Paint; columns: number };

export const indented = (text: string, indent: number, page: Page, style: Style | null = null): string[] =>
  wrap(text, Math.max(10, page.columns - indent)).map(
    (line) => " ".repeat(indent) + (style === null ? line : page.paint(style, line)),
  );

/** A label and its value, the value's further lines under its first. */
export const field = (label: string, value: string, page: Page): string[] =>
  indented(value, 12, page).map((line, index) =>
    index === 0 ? `  ${page.paint("dim", pad(label, 10))}${line.slice(12)}` : line,
  );

export const pageOf = ({ colour = false, columns = 80 }: CliOptions): Page => ({
  paint: painter(colour),
  columns: Math.max(50, columns),
});
