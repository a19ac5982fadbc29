// One control in full; built when it is opened, so that a result of thousands opens at once.
import { badge, drawing, make } from "./dom.js";

/** @typedef {import("./data.ts").PageControl} PageControl */

/** @param {PageControl} control */
export function detail(control) {
  return make(
    "div",
    { class: "detail" },
    make("div", { class: "main" }, results(control), evidence(control), ...texts(control), code(control)),
    aside(control),
  );
}

/** @param {PageControl} control */
function results(control) {
  const items = control.results.map((result) =>
    make(
      "li",
      { class: result.status },
      badge(result.status),
      make(
        "div",
        {},
        make("p", { class: "tested", dir: "auto" }, result.tested),
        result.message === "" ? null : message(result.message),
        result.exception === "" ? null : make("p", { class: "faint", dir: "auto" }, result.exception),
      ),
    ),
  );
  if (items.length === 0)
    return make("p", { class: "faint" }, "The auditor reported no result for this control.");
  return make("section", {}, make("h3", {}, "Results"), make("ul", { class: "results" }, ...items));
}

/**
 * A long one scrolls in its place, so a keyboard must be able to reach it.
 * @param {string} text
 */
function message(text) {
  const scrolls = text.length > 1_000 || text.split("\n").length > 12;
  const reach = { tabindex: "0", role: "region", "aria-label": "Message" };
  return make("pre", { class: "message", dir: "auto", ...(scrolls ? reach : {}) }, text);
}

/** @type {Record<string, string>} */
const hows = {
  native: "data itself",
  target: "target’s program",
  supplied: "tool brought along",
  none: "not answered",
};

/** @param {PageControl} control */
function evidence({ evidence: looked }) {
  if (looked === null || looked.asked.length === 0) return null;
  const denied = looked.asked.filter((one) => one.denied !== "").length;
  const rows = looked.asked.map((one) =>
    make(
      "tr",
      one.denied === "" ? {} : { class: "denied" },
      make(
        "td",
        { dir: "auto" },
        make("code", {}, one.ask),
        one.denied === "" ? null : make("p", { class: "why" }, drawing("error"), `Denied: ${one.denied}`),
      ),
      make("td", {}, hows[one.how] ?? one.how),
      make("td", { class: "number" }, `${one.ms.toFixed(1)} ms`),
    ),
  );
  const head = make(
    "tr",
    {},
    ...["Asked", "Answered by", "Time"].map((name) => make("th", { scope: "col" }, name)),
  );
  const count = looked.asked.length + looked.omitted;
  const summary = `${count} ${count === 1 ? "look" : "looks"} at the target${denied === 0 ? "" : `, ${denied} denied`}`;
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  const more = looked.omitted === 0 ? null : make("p", { class: "faint" }, `and ${looked.omitted} more`);
  const fold = make(
    "details",
    { class: "fold" },
    make("summary", {}, drawing("chevron"), summary),
    table,
    more,
  );
  if (denied > 0) fold.setAttribute("open", "");
  return make("section", {}, make("h3", {}, "Evidence"), fold);
}

/** @param {PageControl} control */
const texts = (control) =>
  control.texts.map(({ label, text }) =>
    make("section", {}, make("h3", { dir: "auto" }, label), make("p", { class: "prose", dir: "auto" }, text)),
  );

/** Ruby, told apart roughly: comments, strings, numbers, words that RSpec and InSpec give a meaning. */
const ruby =
  /(#(?!\{)[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\b(\d+(?:\.\d+)?)\b|\b(control|describe|its?|should(?:_not)?|impact|title|desc|tag|ref|only_if|do|end|if|else|elsif|unless|each|def|nil|true|false|and|or|not)\b/gu;

/** @param {PageControl} control */
function code(control) {
  if (control.code === "") return null;
  const inner = make("code", {});
  let at = 0;
  for (const match of control.code.matchAll(ruby)) {
    const kind = ["", "comment", "string", "digits", "word"][
      match.findIndex((group, index) => index > 0 && group !== undefined)
    ];
    inner.append(control.code.slice(at, match.index), make("span", { class: kind ?? "" }, match[0]));
    at = match.index + match[0].length;
  }
  inner.append(control.code.slice(at).trimEnd());
  const pre = make("pre", { class: "code", tabindex: "0", role: "region", "aria-label": "Code" }, inner);
  return make("section", {}, make("h3", {}, "Code"), pre);
}

/** @param {PageControl} control */
function aside(control) {
  const { waiver } = control;
  const list = make("dl", {});
  /** @type {(name: string, ...values: (Node | string)[]) => void} */
  const row = (name, ...values) => {
    const definitions = values.map((value) => make("dd", { dir: "auto" }, value));
    if (values.length > 0) list.append(make("div", {}, make("dt", { dir: "auto" }, name), ...definitions));
  };
  if (waiver !== null) {
    row(
      "Waived",
      waiver.text || "No justification was given.",
      waiver.run ? "It was run nevertheless." : "It was not run.",
    );
  }
  row(
    "Impact",
    `${control.impact.toFixed(1)}${control.written === "" ? "" : `, severity “${control.written}”`}`,
  );
  row("Profile", control.profile);
  if (control.source !== "") row("Source", make("code", {}, control.source));
  for (const { name, values } of control.tags)
    row(name, ...values.map((value) => make("span", { class: "tag" }, value)));
  row("References", ...control.refs.map(reference));
  row(
    "Link",
    make("a", { href: `#${encodeURIComponent(control.link)}` }, make("bdi", {}, `#${control.link}`)),
  );
  return make("aside", { "aria-label": `Facts about ${control.id}` }, list);
}

/** @param {PageControl["refs"][number]} ref */
const reference = ({ text, url }) =>
  url === "" ? text : make("a", { href: url, rel: "noreferrer noopener" }, text);
