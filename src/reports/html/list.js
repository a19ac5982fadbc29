// The list: rows, filters, order, keys, and addresses of controls.
import { detail } from "./detail.js";
import { badge, drawing, make, part, words } from "./dom.js";
import { everything, filters, matches, searched } from "./filter.js";

/** @typedef {import("./data.ts").PageControl} PageControl */
/** @typedef {import("./data.ts").PageData} PageData */
/** @typedef {import("./filter.js").Filter} Filter */

/** @type {PageData} */
const data = JSON.parse(part("data", HTMLScriptElement).textContent ?? "");
const list = part("list", HTMLOListElement);
const search = part("search", HTMLInputElement);
const order = part("order", HTMLSelectElement);
const reset = part("reset", HTMLButtonElement);
const expand = part("expand", HTMLButtonElement);
const chips = [...document.querySelectorAll("button.chip")].filter(
  (chip) => chip instanceof HTMLButtonElement,
);

/** @typedef {{ control: PageControl, item: HTMLElement, fold: HTMLDetailsElement, head: HTMLElement, text: string | null }} Row */

/**
 * @param {PageControl} control
 * @returns {Row}
 */
function row(control) {
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
  return { control, item: make("li", {}, fold), fold, head, text: null };
}

const rows = data.controls.map(row);
const byFold = new Map(rows.map((one) => [one.fold, one]));
const byLink = new Map(rows.map((one) => [one.control.link, one]));
let filter = everything();

/** @param {Row} one */
function fill(one) {
  if (one.fold.children.length === 1) one.fold.append(detail(one.control));
}

function show() {
  let shown = 0;
  for (const one of rows) {
    one.text ??= filter.words.length === 0 ? null : searched(one.control);
    const match = matches(filter, one.control, one.text ?? "");
    if (one.item.hidden === match) one.item.hidden = !match;
    if (match) shown += 1;
  }
  for (const chip of chips) {
    const { status = "", severity = "" } = chip.dataset;
    chip.setAttribute("aria-pressed", String(filter.statuses.has(status) || filter.severities.has(severity)));
  }
  const all = rows.length === 1 ? "1 control" : `${rows.length} controls`;
  part("count", HTMLParagraphElement).textContent = filters(filter) ? `${shown} of ${all}` : all;
  reset.hidden = !filters(filter);
  expand.hidden = shown === 0;
}

/** @param {Partial<Filter>} change */
function choose(change) {
  filter = { ...everything(), ...change };
  search.value = filter.words.join(" ");
  show();
}

/** @type {Record<string, (a: Row, b: Row) => number>} */
const orders = {
  worst: (a, b) => data.controls.indexOf(a.control) - data.controls.indexOf(b.control),
  place: (a, b) => a.control.place - b.control.place,
  id: (a, b) => a.control.id.localeCompare(b.control.id, "en", { numeric: true }),
};

/**
 * Opens a control and goes there; false when the address names none.
 * @param {string} hash
 */
function visit(hash) {
  const one = byLink.get(decode(hash.slice(1)));
  if (one === undefined) return false;
  if (one.item.hidden) choose({});
  fill(one);
  one.fold.open = true;
  one.item.scrollIntoView({ block: "start" });
  one.head.focus({ preventScroll: true });
  return true;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Storage is refused to files in some browsers; the choice then lasts as long as the page. */
const theme = {
  read() {
    try {
      return localStorage.getItem("sidescan-theme");
    } catch {
      return null;
    }
  },
  /** @param {string} value */
  write(value) {
    try {
      localStorage.setItem("sidescan-theme", value);
    } catch {
      // as said above
    }
  },
};

function startTheme() {
  const button = part("theme", HTMLButtonElement);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () =>
    (document.documentElement.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const name = () => {
    const label = button.querySelector("span");
    if (label !== null) label.textContent = dark() ? "Light theme" : "Dark theme";
  };
  const kept = theme.read();
  if (kept === "dark" || kept === "light") document.documentElement.dataset["theme"] = kept;
  button.addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = next;
    theme.write(next);
    name();
  });
  system.addEventListener("change", name);
  name();
  button.hidden = false;
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
  const heads =
    step === undefined ? [] : [...list.querySelectorAll(":scope > li:not([hidden]) > details > summary")];
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
  order.addEventListener("change", () => {
    list.append(...[...rows].sort(orders[order.value]).map(({ item }) => item));
  });
  reset.addEventListener("click", () => {
    choose({});
    search.focus();
  });
  expand.addEventListener("click", () => {
    for (const one of rows.filter(({ item }) => !item.hidden)) {
      fill(one);
      one.fold.open = true;
    }
  });
}

list.append(...rows.map(({ item }) => item));
// Filled before the browser opens it, so that its height never jumps.
list.addEventListener("click", (event) => {
  const head = event.target instanceof Element ? event.target.closest("summary") : null;
  const one = head?.parentElement instanceof HTMLDetailsElement ? byFold.get(head.parentElement) : undefined;
  if (one === undefined) return;
  fill(one);
  if (one.fold.open) return;
  try {
    history.replaceState(null, "", `#${encodeURIComponent(one.control.link)}`);
  } catch {
    // Some browsers refuse it to files: then the address stays as it is, and the control has its link.
  }
});
document.addEventListener("keydown", key);
addEventListener("hashchange", () => visit(location.hash));
startTheme();
startFilters();
part("tools", HTMLDivElement).hidden = false;
show();
visit(location.hash);
