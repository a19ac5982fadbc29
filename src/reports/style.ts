/** The styles of our own terminal output. Node's styleText would do too, but `node:util` takes longer to load than a check has in all. */

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof codes;
export type Paint = (style: Style, text: string) => string;

/** Paints, or leaves text alone where colours are not wanted. */
export const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour && text !== "" ? `\u{1B}[${codes[style][0]}m${text}\u{1B}[${codes[style][1]}m` : text;
