/** The page of docs/demo, built as for publication and used as a visitor would. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumOptions } from "../support/browsers.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const options = chromiumOptions();
/** A worker reads 13 MB first. */
const PATIENT = { timeout: 60_000 };

describe.skipIf(options === undefined)("the demo", () => {
  let browser: Browser;
  let server: Server;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    const built = spawnSync(process.execPath, ["scripts/demo.mjs"], { cwd: root, encoding: "utf8" });
    expect(built.stderr).toBe("");
    // A server that knows nothing of isolation, as those for static files are.
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const file = join(root, "build/demo", pathname === "/" ? "index.html" : pathname);
      response.setHeader("content-type", TYPES[extname(file)] ?? "text/plain").end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    browser = await chromium.launch(options);
    page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    // It is loaded once more, when its service worker has isolated it.
    await page.waitForFunction(() => crossOriginIsolated && document.readyState === "complete");
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const opened = (): Promise<unknown> =>
    page.waitForFunction(() => document.body.dataset.state === "open", undefined, { timeout: 120_000 });
  const countOf = async (name: string): Promise<string> =>
    (await page
      .locator(".function", { has: page.getByText(name, { exact: true }) })
      .locator(".count")
      .textContent()) ?? "";

  test("counts while a module runs, from shared memory", async () => {
    await page.click("#sort");
    await opened();
    await page.selectOption("#export", "heap_sort");
    await page.click("#run");
    await expect.poll(() => page.textContent("#output"), PATIENT).toBe("heap_sort(2000, 1) = 1");
    // Once with each element as the root of a heap.
    await expect.poll(() => countOf("sift"), PATIENT).toBe("2,999×");
    expect(await countOf("insertion")).toBe("");
    await page.click("#repeat");
    await expect.poll(() => countOf("heap"), PATIENT).not.toBe("1×");
    await page.click("#stop");
    await expect.poll(() => page.textContent("#status"), PATIENT).toMatch(/^stopped/);
    expect(errors).toEqual([]);
  });

  test("shows the code of a function with its counts", async () => {
    await page.locator(".function", { has: page.getByText("is_sorted", { exact: true }) }).click();
    await expect.poll(() => page.textContent("#listing-title"), PATIENT).toBe("is_sorted");
    const reached = await page.locator(".line").evaluateAll((lines) => lines.map((line) => line.dataset.reached));
    expect(reached).toContain("some");
    // It never found anything that is not sorted.
    expect(reached).toContain("none");
  });

  test("runs SQLite with its package's glue code", async () => {
    await page.click("#sqlite");
    await opened();
    await page.click("#run");
    await expect.poll(() => page.textContent("#output"), PATIENT).toContain("Jupiter  95");
    await expect.poll(() => page.textContent("#totals"), PATIENT).toMatch(/^5\d\d of 1,9\d\d functions/);
    expect(errors).toEqual([]);
  });

  test("says what is wrong with a module, and stays usable", async () => {
    const bytes = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 99]);
    await page.setInputFiles("#file", { name: "broken.wasm", mimeType: "application/wasm", buffer: bytes });
    await expect
      .poll(() => page.textContent("#status"), PATIENT)
      .toBe("section 99 at offset 8 reaches beyond the end of the file");
    expect(await page.getAttribute("#status", "data-kind")).toBe("failed");
  });
});
