import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { html } from "../../src/reports/html.ts";
import type { ReportInput } from "../../src/reports/input.ts";
import { launch, noBrowser } from "../fixtures/chromium.ts";
import { hostileControl, sampleControl, sampleInput } from "../fixtures/report-input.ts";

const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

if (noBrowser !== null) console.warn(`browser tests are skipped: ${noBrowser}`);

describe.skipIf(noBrowser !== null)("the HTML report in a browser", () => {
  let browser: Browser;
  let directory: string;
  let complaints: string[];
  let page: Page;

  beforeAll(async () => {
    browser = await launch();
    directory = await mkdtemp(join(tmpdir(), "sidescan-html-"));
  });
  afterEach(() => page.context().close());
  afterAll(async () => {
    await browser.close();
    await rm(directory, { recursive: true });
  });

  /** Opens a report from disk; whatever the browser complains about or asks the network for is in `complaints`. */
  async function open(input: ReportInput, options: BrowserContextOptions = {}, hash = ""): Promise<void> {
    const file = join(directory, "report.html");
    await writeFile(file, html(input));
    complaints = [];
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
    page = await context.newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => {
      complaints.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(pathToFileURL(file).href) && !request.url().startsWith("data:")) {
        complaints.push(`request for ${request.url()}`);
      }
    });
    await page.goto(pathToFileURL(file).href + hash);
  }

  const rows = () => page.locator("#sidescan-list > li:visible");
  const firstId = () => rows().first().locator(".id").textContent();
  const count = () => page.locator("#sidescan-count");
  const row = (id: string) =>
    page.locator("#sidescan-list > li", { has: page.getByText(id, { exact: true }) });
  const focused = () => page.evaluate<string>("document.activeElement.textContent");
  const fitsAcross = () => page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth");

  test("opens from disk with every control, no network request and no complaint", async () => {
    await open(sampleInput(24));
    expect(await rows().count()).toBe(24);
    expect(await count().textContent()).toBe("24 controls");
    expect(await page.title()).toBe("dir:./demo/rootfs: 59% (59.09%) compliance · sidescan");
    expect(complaints).toEqual([]);
  });

  test("lists the worst first, and in the profile's order when asked", async () => {
    await open(sampleInput(24));
    expect(await firstId()).toBe("SV-230305");
    await page.getByLabel("Order").selectOption("place");
    expect(await firstId()).toBe("SV-230221");
  });

  test("filters by result, severity and text, and says how many are left", async () => {
    await open(sampleInput(24));
    await page.getByRole("button", { name: /^Failed/u }).click();
    expect(await count().textContent()).toBe("6 of 24 controls");
    await page.getByRole("button", { name: /^High/u }).click();
    expect(await rows().count()).toBe(2);
    await page.getByLabel("Search").fill("processes INCLUDE");
    await expect.poll(() => count().textContent()).toBe("1 of 24 controls");
    await page.getByRole("button", { name: "Show all" }).click();
    expect(await count().textContent()).toBe("24 controls");
  });

  test("a count in the overview leads to the controls that it counts", async () => {
    await open(sampleInput(24));
    await page.getByRole("button", { name: "2 failed, high: show" }).click();
    expect(await count().textContent()).toBe("2 of 24 controls");
  });

  test("shows a control whole: results, evidence, check, fix, code, tags, waiver, source", async () => {
    await open(sampleInput(24), {}, "#SV-230256");
    const detail = await row("SV-230256").locator(".detail").innerText();
    for (const part of [
      "should_not be_listening",
      "expected `Port with port != 8080.listening?`",
      "List the listening sockets",
      "Turn off what listens",
      "CM-7 b",
      "OPS-142",
      "controls/005.rb:1",
      "1 look at the target",
    ]) {
      expect(detail).toContain(part);
    }
    await page.goto(`${page.url().split("#")[0]}#SV-230291`);
    expect(await row("SV-230291").locator(".denied").innerText()).toContain("needs SYS_PTRACE");
    expect(complaints).toEqual([]);
  });

  test("an address of a control opens it, in view, even when a filter hides it", async () => {
    await open(sampleInput(200));
    await page.getByRole("button", { name: /^Passed/u }).click();
    await page.evaluate('location.hash = "#SV-230333"');
    const target = row("SV-230333");
    await target.locator(".detail").waitFor();
    const box = await target.boundingBox();
    const tools = await page.locator("#sidescan-tools").boundingBox();
    expect(box!.y).toBeGreaterThanOrEqual(tools!.y + tools!.height - 1);
    expect(box!.y).toBeLessThan(450);
    expect(await focused()).toContain("SV-230333");
  });

  test("a link to a control leads there the second time too", async () => {
    await open(sampleInput(60));
    const link = page.locator(".verdict").getByRole("link", { name: "SV-230333" });
    for (let time = 0; time < 2; time += 1) {
      await link.click();
      await expect.poll(() => page.evaluate("scrollY")).toBeGreaterThan(300);
      await page.evaluate("scrollTo(0, 0)");
    }
  });

  test("opening a control puts its address into the address bar", async () => {
    await open(sampleInput(24));
    await row("SV-230256").locator("summary").first().click();
    expect(page.url()).toMatch(/#SV-230256$/u);
  });

  test("two profiles with a control of the same id each have an address", async () => {
    const twins = ["one", "two"].map((profile) => sampleControl(0, { id: "same", profile, title: profile }));
    await open(sampleInput(twins), {}, "#two%2Fsame");
    expect(await page.locator("details[open] .title").allTextContents()).toEqual(["two"]);
  });

  test("can be used by keyboard alone", async () => {
    await open(sampleInput(24));
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the controls");
    await page.keyboard.press("/");
    await page.keyboard.type("account database");
    await expect.poll(() => count().textContent()).toBe("4 of 24 controls");
    for (let step = 0; step < 30 && !(await focused()).includes("SV-230305"); step += 1) {
      await page.keyboard.press("Tab");
      const ring = await page.evaluate<string>("getComputedStyle(document.activeElement).outline");
      expect(ring).toContain("solid 2px");
    }
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toContain("SV-230221");
    await page.keyboard.press("Enter");
    await row("SV-230221").locator(".detail").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    expect(await count().textContent()).toBe("24 controls");
    await page.keyboard.type("a/b");
    expect(await page.getByLabel("Search").inputValue()).toBe("a/b");
  });

  test.each(["light", "dark"] as const)("axe finds nothing to object to, %s", async (colorScheme) => {
    for (const width of [400, 1400]) {
      await open(sampleInput(24), { colorScheme, viewport: { width, height: 900 } }, "#SV-230291");
      await page.getByRole("button", { name: /^Failed/u }).click();
      await row("SV-230221").locator("summary").first().click();
      // By the debugger's way in: the page's own policy admits no script.
      await page.evaluate(axe);
      const { violations, passes } = await page.evaluate<{ violations: object[]; passes: object[] }>(
        "axe.run()",
      );
      expect(passes.length).toBeGreaterThan(20);
      expect(violations).toEqual([]);
      await page.context().close();
    }
  });

  test("changes its theme, and keeps the choice", async () => {
    await open(sampleInput(4), { colorScheme: "light" });
    const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await page.getByRole("button", { name: "Dark theme" }).click();
    expect(await background()).not.toBe(light);
    await page.reload();
    expect(await background()).not.toBe(light);
    expect(complaints).toEqual([]);
  });

  test("works where storage is refused", async () => {
    await open(sampleInput(4));
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, "localStorage", {
        get() {
          throw new Error("refused");
        },
      });
    });
    await page.reload();
    await page.getByRole("button", { name: "Dark theme" }).click();
    expect(await rows().count()).toBe(4);
    expect(complaints).toEqual([]);
  });

  test("2,000 controls open and filter at once: a screenful first, the rest behind it, details never before they are opened", async () => {
    await open(sampleInput(4));
    await page.addInitScript(() => {
      const { document, performance } = globalThis as unknown as {
        document: {
          querySelectorAll(selector: string): { length: number };
          addEventListener(name: string, heard: () => void): void;
        };
        performance: { mark(name: string, options: object): void };
      };
      document.addEventListener("DOMContentLoaded", () => {
        performance.mark("first", { detail: document.querySelectorAll("#sidescan-list > li").length });
      });
    });
    await writeFile(join(directory, "report.html"), html(sampleInput(2_000)));
    await page.reload();
    const first = await page.evaluate<number>("performance.getEntriesByName('first')[0].detail");
    expect(first).toBeGreaterThanOrEqual(60);
    expect(first).toBeLessThan(500);
    expect(await count().textContent()).toBe("2000 controls");
    await expect.poll(() => rows().count(), { timeout: 20_000 }).toBe(2_000);
    expect(await page.locator(".detail").count()).toBe(0);

    // One frame after a key the answer is there, and no more of it than a screen shows.
    const steps = await page.evaluate<[string, number][]>(`(async () => {
      const search = document.querySelector("#sidescan-search");
      const steps = [];
      for (const text of ["o", "op", "openssl", "nothing has this", ""]) {
        search.value = text;
        search.dispatchEvent(new Event("input"));
        await new Promise((done) => requestAnimationFrame(done));
        const laid = document.querySelectorAll("#sidescan-list > li").length;
        steps.push([document.querySelector("#sidescan-count").textContent, laid]);
      }
      return steps;
    })()`);
    expect(steps.at(2)).toEqual(["333 of 2000 controls", 60]);
    expect(steps.at(3)).toEqual(["0 of 2000 controls", 0]);
    expect(steps.at(4)).toEqual(["2000 controls", 60]);
    expect(complaints).toEqual([]);
  });

  test("says where the target ran, and shows what each control's answers rest on", async () => {
    const input = sampleInput(24);
    const facts = { image: "app:1", imageID: "app@sha256:12ab", pod: "web-0", namespace: "shop", node: "n1" };
    await open({ ...input, run: { ...input.run!, facts } }, {}, "#SV-230291");
    const about = await page.locator(".about").innerText();
    for (const part of ["app@sha256:12ab", "shop/web-0", "n1"]) expect(about).toContain(part);
    expect(await page.locator(".evidence").innerText()).toContain(
      "24 controls: 1 rests on a look that was denied.",
    );
    const looks = await row("SV-230291").locator("tbody tr").allInnerTexts();
    expect(looks).toEqual([
      expect.stringMatching(/\tdata itself\t0\.4 ms$/u),
      expect.stringMatching(/Denied: .*\tnot answered\t0\.1 ms$/su),
    ]);
  });

  test("hostile text from a target stays text", async () => {
    const controls = [hostileControl(), ...Array.from({ length: 3 }, (_, index) => sampleControl(index))];
    const input = sampleInput(controls);
    const run = {
      ...input.run!,
      target: `</title></script><script>window.owned=1</script>`,
      notices: ["<img src=x onerror=window.owned=1>"],
    };
    await open({ ...input, run }, {}, `#${encodeURIComponent(controls[0]!.id)}`);
    await page.getByRole("button", { name: "Open all" }).click();
    expect(await page.evaluate("'owned' in globalThis")).toBe(false);
    expect(await page.locator("script, img, iframe").count()).toBe(2);
    expect(await page.locator('a[href^="javascript" i]').count()).toBe(0);
    const text = await page.locator("body").innerText();
    expect(text).toContain("<script>window.owned = 1</script>");
    expect(text).toContain("\\u{202E}txt.exe");
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{1B}\u{9B}]/u);
    expect(await fitsAcross()).toBe(true);
    expect(complaints).toEqual([]);
  });

  test.each([400, 900, 1400])("nothing is cut off at %i pixels", async (width) => {
    const long = sampleControl(0, { id: `xccdf_${"very_long_".repeat(12)}id`, title: "A".repeat(300) });
    await open(sampleInput([long, ...Array.from({ length: 8 }, (_, index) => sampleControl(index + 1))]), {
      viewport: { width, height: 900 },
    });
    await page.getByRole("button", { name: "Open all" }).click();
    expect(await fitsAcross()).toBe(true);
    const cut = await page.evaluate(`[...document.querySelectorAll(".detail :is(section, aside, p, table)")]
      .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 200))`);
    expect(cut).toEqual([]);
  });

  test("prints the overview, the list as filtered and what is open, without the controls of the page", async () => {
    await open(sampleInput(24), { colorScheme: "dark" }, "#SV-230221");
    await page.getByRole("button", { name: /^Failed/u }).click();
    await page.emulateMedia({ media: "print" });
    const text = await page.locator("body").innerText();
    expect(text).toContain("6 of 24 controls");
    expect(text).toContain("compared using ==");
    expect(text).toContain("should_not be_more_permissive_than");
    expect(await page.locator("#sidescan-tools").isVisible()).toBe(false);
    expect(await page.evaluate("getComputedStyle(document.documentElement).colorScheme")).toBe("light");
    expect((await page.pdf({ format: "A4" })).length).toBeGreaterThan(10_000);
  });

  test("without scripts there are the overview and a plain list", async () => {
    await open(sampleInput(24), { javaScriptEnabled: false });
    const text = await page.locator("body").innerText();
    expect(text).toContain("Threshold failed");
    expect(text).toContain("Scripts are off");
    expect(text.match(/SV-\d+\t/gu)?.length).toBe(24);
    expect(text).not.toContain("Search in everything");
    expect(complaints).toEqual([]);
  });
});
