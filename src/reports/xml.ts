/** Text from a result as XML. XML 1.0 has no way to write controls and noncharacters, so it is made printable first. */
import { oneLine, printable } from "./text.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

const escape = (text: string): string => text.replace(/[&<>"']/gu, (character) => entities[character] ?? "");

/** Attributes with a blank before each; at most 2,000 characters of a value, on one line. */
export const attributes = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escape(oneLine(String(value), 2_000))}"`)
    .join("");

/** Text between tags, line ends kept. */
export const content = (text: string, limit?: number): string => escape(printable(text, limit));

/** An element that holds text alone. */
export const element = (name: string, text: string, limit?: number): string =>
  text === "" ? `<${name}/>` : `<${name}>${content(text, limit)}</${name}>`;
