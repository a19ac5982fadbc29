// The list: rows, filters, order, keys, and addresses of controls.
import { detail } from "./detail.js";
import { badge, drawing, make, part, words } from "./dom.js";
import { everything, filters, matches, searched } from "./filter.js";
import { startTheme } from "./theme.js";

/** @typedef {import("./data.ts").PageControl} PageControl */
/** @typedef {import("./data.ts").PageData} PageData */
/** @typedef {import("./filter.js").Filter} Filter */

/** @type {PageData} */
const data = JSON.parse(part("data", HTMLScriptElement).textContent ?? "");
const list = part("list", HTMLOListElement);
const search = part("search", HTMLInputElement);
const select = part("order", HTMLSelectElement);
const reset = part("reset", HTMLButtonElement);
const expand = part("expand", HTMLButtonElement);
const chips = [...document.querySelectorAll("button.chip")].filter(
  (chip) => chip instanceof HTMLButtonElement,
);

/** @typedef {{ item: HTMLElement, fold: HTMLDetailsElement, head: HTMLElement }} Elements */
/** What is made of a control, once it is needed: its elements, and the text that is searched. */
/** @typedef {{ control: PageControl, rank: number, elements: Elements | null, text: string | null }} Row */

/** @param {Row} row */
function elements(row) {
  if (row.elements !== null) return row.elements;
  const { control } = row;
  const severity = control.severity === "other" ? control.written : control.severity;
  const head = make(
    "summary",
    {},
    badge(control.status),
    make("span", { class: "title", dir: "auto" }, control.title || control.id),
    make(
      "span",
      { class: "under" },
      make("bdi", { class: "id" }, control.id),
      control.waiver === null ? null : make("span", { class: "waived" }, "waived"),
      control.reason === "" ? null : make("bdi", { class: "reason" }, control.reason),
    ),
    make("span", { class: `severity ${control.severity}` }, drawing(control.severity), severity),
    drawing("chevron"),
  );
  const fold = document.createElement("details");
  fold.append(head);
  row.elements = { item: make("li", {}, fold), fold, head };
  byHead.set(head, row);
  return row.elements;
}

/** @type {Row[]} */
const rows = data.controls.map((control, rank) => ({ control, rank, elements: null, text: null }));
const byLink = new Map(rows.map((row) => [row.control.link, row]));
/** @type {WeakMap<Element, Row>} */
const byHead = new WeakMap();
let filter = everything();
/** Those that match, of which the first `laid` are in the page. @type {Row[]} */
let shown = [];
let laid = 0;
let laying = 0;

/** @param {Row} row */
function fill(row) {
  const { fold } = elements(row);
  if (fold.children.length === 1) fold.append(detail(row.control));
}

/** @param {number} count */
function lay(count) {
  list.append(...shown.slice(laid, laid + count).map((row) => elements(row).item));
  laid = Math.min(shown.length, laid + count);
}

/** The rest follows in pieces, so that a key is never waited for. */
function layRest() {
  if (laid === shown.length) return;
  lay(100);
  laying = setTimeout(layRest, 10);
}

function show() {
  shown = rows.filter((row) => {
    if (filter.words.length > 0) row.text ??= searched(row.control);
    return matches(filter, row.control, row.text ?? "");
  });
  clearTimeout(laying);
  list.replaceChildren();
  laid = 0;
  lay(60);
  laying = setTimeout(layRest, 10);
  for (const chip of chips) {
    const { status = "", severity = "" } = chip.dataset;
    chip.setAttribute("aria-pressed", String(filter.statuses.has(status) || filter.severities.has(severity)));
  }
  const all = rows.length === 1 ? "1 control" : `${rows.length} controls`;
  part("count", HTMLParagraphElement).textContent = filters(filter) ? `${shown.length} of ${all}` : all;
  reset.hidden = !filters(filter);
  expand.hidden = shown.length === 0;
  list.hidden = shown.length === 0;
  part("empty", HTMLParagraphElement).hidden = shown.length > 0;
}

/** @param {Partial<Filter>} change */
function choose(change) {
  filter = { ...everything(), ...change };
  search.value = filter.words.join(" ");
  show();
}

/** @type {Record<string, (a: Row, b: Row) => number>} */
const orders = {
  worst: (a, b) => a.rank - b.rank,
  place: (a, b) => a.control.place - b.control.place,
  id: (a, b) => a.control.id.localeCompare(b.control.id, "en", { numeric: true }),
};

/**
 * Opens a control and goes there; false when the address names none.
 * @param {string} hash
 */
function visit(hash) {
  const row = byLink.get(decode(hash.slice(1)));
  if (row === undefined) return false;
  if (!shown.includes(row)) choose({});
  lay(shown.length);
  fill(row);
  const { item, fold, head } = elements(row);
  fold.open = true;
  head.focus({ preventScroll: true });
  settle(item, 10);
  return true;
}

/**
 * Scrolls to a row until it stays: rows out of view have estimated heights, which change as they come into it.
 * @param {HTMLElement} item
 * @param {number} tries
 */
function settle(item, tries) {
  const before = item.getBoundingClientRect().top;
  item.scrollIntoView({ block: "start" });
  const moved = Math.abs(item.getBoundingClientRect().top - before) > 1;
  if (tries > 0 && (moved || tries > 7)) requestAnimationFrame(() => settle(item, tries - 1));
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {KeyboardEvent} event */
function key(event) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) return;
  if (event.key === "/" && !(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "Escape" && target === search && search.value !== "") choose({ ...filter, words: [] });
  const steps = new Map([
    ["ArrowDown", 1],
    ["ArrowUp", -1],
  ]);
  const step = steps.get(event.key);
  const heads = step === undefined ? [] : [...list.querySelectorAll(":scope > li > details > summary")];
  const at = heads.indexOf(target);
  const next = at === -1 || step === undefined ? undefined : heads[at + step];
  if (next instanceof HTMLElement) {
    event.preventDefault();
    next.focus();
  }
}

function startFilters() {
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const { status, severity } = chip.dataset;
      const set = status === undefined ? filter.severities : filter.statuses;
      const value = status ?? severity ?? "";
      if (!set.delete(value)) set.add(value);
      show();
    });
  }
  // A count is a way to the controls that it counts.
  for (const cell of document.querySelectorAll("td[data-status]")) {
    if (!(cell instanceof HTMLElement)) continue;
    const { status = "", severity = "" } = cell.dataset;
    const label = `${cell.textContent} ${words[status]?.toLowerCase()}${severity === "" ? "" : `, ${severity}`}: show`;
    const button = make("button", { type: "button", "aria-label": label }, cell.textContent ?? "");
    button.addEventListener("click", () => {
      choose({ statuses: new Set([status]), severities: new Set(severity === "" ? [] : [severity]) });
      part("controls", HTMLElement).scrollIntoView({ block: "start" });
    });
    cell.replaceChildren(button);
  }
  let asked = 0;
  search.addEventListener("input", () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => {
      filter = { ...filter, words: search.value.toLowerCase().split(/\s+/u).filter(Boolean) };
      show();
    });
  });
  select.addEventListener("change", () => {
    const order = orders[select.value];
    if (order !== undefined) rows.sort(order);
    show();
  });
  reset.addEventListener("click", () => {
    choose({});
    search.focus();
  });
  expand.addEventListener("click", () => {
    lay(shown.length);
    for (const row of shown) {
      fill(row);
      elements(row).fold.open = true;
    }
  });
}

// Filled before the browser opens it, so that its height never jumps.
list.addEventListener("click", (event) => {
  const head = event.target instanceof Element ? event.target.closest("summary") : null;
  const row = head === null ? undefined : byHead.get(head);
  if (row === undefined) return;
  fill(row);
  if (elements(row).fold.open) return;
  try {
    history.replaceState(null, "", `#${encodeURIComponent(row.control.link)}`);
  } catch {
    // Some browsers refuse it to files: then the address stays as it is, and the control has its link.
  }
});
document.addEventListener("keydown", key);
addEventListener("beforeprint", () => lay(shown.length));
// A link to where the address already points changes no address, and yet has to lead there.
document.addEventListener("click", ({ target }) => {
  const link = target instanceof Element ? target.closest("a") : null;
  if (link?.getAttribute("href") === location.hash) visit(location.hash);
});
addEventListener("hashchange", () => visit(location.hash));
startTheme();
startFilters();
part("tools", HTMLDivElement).hidden = false;
show();
visit(location.hash);
