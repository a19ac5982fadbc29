/** Small pieces of markup that every part of the page uses. */
import type { Status } from "../../results/model.ts";
import { severityOrder, statusWords } from "../input.ts";
import { oneLine } from "../text.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for values of quoted attributes. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/gu, (character) => entities[character] ?? "");

/** One line of text from a result, harmless and at most `limit` characters long. */
export const text = (value: string, limit = 500): string => escape(oneLine(value, limit));

/** Severities as they are counted; `other` are those in no bucket. */
export const columns = [...severityOrder, "other"] as const;

export const icon = (name: string): string =>
  `<svg class="icon" aria-hidden="true"><use href="#i-${name}"/></svg>`;

/** A status by shape, word and colour. */
export const badge = (status: Status): string =>
  `<span class="badge ${status}">${icon(status)}${statusWords[status]}</span>`;

const bars = (on: number): string =>
  [0, 1, 2, 3]
    .map(
      (bar) =>
        `<rect x="${1 + bar * 4}" y="${10 - bar * 3}" width="2.5" height="${4 + bar * 3}" rx="1"${bar < on ? "" : ' opacity=".25"'}/>`,
    )
    .join("");

const ring = '<circle cx="8" cy="8" r="6.25"/>';
const drawings: Record<string, string> = {
  failed: `${ring}<path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4"/>`,
  error: '<path d="M8 1.9 14.6 13.6H1.4Z"/><path d="M8 6v3.6M8 11.4v.3"/>',
  skipped: `${ring}<path d="m5.8 5.4 2.8 2.6-2.8 2.6M10.4 5.4v5.2"/>`,
  passed: `${ring}<path d="m5.2 8.2 2 2 3.6-4.2"/>`,
  no_impact: `${ring}<path d="m3.6 12.4 8.8-8.8"/>`,
  chevron: '<path d="m6 3.5 4.5 4.5L6 12.5"/>',
  search: '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>',
  theme: `${ring}<path d="M8 1.75a6.25 6.25 0 0 1 0 12.5Z" class="fill"/>`,
};
const severityBars: Record<string, number> = { critical: 4, high: 3, medium: 2, low: 1, none: 0, other: 0 };

const symbol = (name: string, extra: string, drawing: string): string =>
  `<symbol id="i-${name}" viewBox="0 0 16 16" ${extra}>${drawing}</symbol>`;

/** Every drawing once; `icon` refers to them. */
export const sprite = `<svg class="sprite" aria-hidden="true">${[
  ...Object.entries(drawings).map(([name, drawing]) =>
    symbol(
      name,
      'fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"',
      drawing,
    ),
  ),
  ...Object.entries(severityBars).map(([name, on]) => symbol(name, 'fill="currentColor"', bars(on))),
].join("")}</svg>`;
