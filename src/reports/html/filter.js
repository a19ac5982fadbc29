// Which controls are shown: by status, severity and words that may stand anywhere in a control.

/** @typedef {import("./data.ts").PageControl} PageControl */
/** @typedef {{ statuses: Set<string>, severities: Set<string>, words: string[] }} Filter */

/** @returns {Filter} */
export const everything = () => ({ statuses: new Set(), severities: new Set(), words: [] });

/** @param {Filter} filter */
export const filters = (filter) => filter.statuses.size + filter.severities.size + filter.words.length > 0;

/**
 * All that is searched of a control, in lower case.
 * @param {PageControl} control
 */
export const searched = (control) =>
  [
    control.id,
    control.title,
    control.profile,
    control.code,
    control.waiver?.text ?? "",
    ...control.texts.map(({ text }) => text),
    ...control.tags.flatMap(({ name, values }) => [name, ...values]),
    ...control.results.flatMap(({ tested, message, exception }) => [tested, message, exception]),
    ...(control.evidence?.asked ?? []).flatMap(({ ask, denied }) => [ask, denied]),
  ]
    .join("\n")
    .toLowerCase();

/**
 * @param {Filter} filter
 * @param {PageControl} control
 * @param {string} text
 */
export const matches = ({ statuses, severities, words: sought }, control, text) =>
  (statuses.size === 0 || statuses.has(control.status)) &&
  (severities.size === 0 || severities.has(control.severity)) &&
  sought.every((word) => text.includes(word));
