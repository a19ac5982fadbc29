// Makes elements. Text from a result only ever becomes a text node, so nothing in it can be markup.

/**
 * An element with attributes and children; a null child is left out.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string | null)} children
 */
export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * A drawing of the page's sprite.
 * @param {string} name
 */
export function drawing(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * The element of the page with this id, which the page is made with.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} type
 */
export function part(id, type) {
  const element = document.getElementById(`sidescan-${id}`);
  if (!(element instanceof type)) throw new Error(`the page lacks ${id}`);
  return element;
}

/** @type {Record<string, string>} */
export const words = {
  failed: "Failed",
  error: "Error",
  skipped: "Skipped",
  passed: "Passed",
  no_impact: "Not applicable",
};

/**
 * @param {string} status
 */
export const badge = (status) =>
  make("span", { class: `badge ${status}` }, drawing(status), words[status] ?? status);
