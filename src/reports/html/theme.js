// Light or dark: as the system says, until the reader chooses.
import { part } from "./dom.js";

/** Storage is refused to files in some browsers; the choice then lasts as long as the page. */
const storage = {
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

export function startTheme() {
  const button = part("theme", HTMLButtonElement);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () =>
    (document.documentElement.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const name = () => {
    const label = button.querySelector("span");
    if (label !== null) label.textContent = dark() ? "Light theme" : "Dark theme";
  };
  const kept = storage.read();
  if (kept === "dark" || kept === "light") document.documentElement.dataset["theme"] = kept;
  button.addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = next;
    storage.write(next);
    name();
  });
  system.addEventListener("change", name);
  name();
  button.hidden = false;
}
