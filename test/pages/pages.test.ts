/** Pages count, by whatever road they load a module, and end in the same profiles as programs of Node.js. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProfiles } from "../../src/coverage/index.ts";
import { instrument } from "../../src/instrument/index.ts";
import type { PageCoverage } from "../../src/integrations/pages/page.ts";
import { chromiumOptions } from "../support/browsers.ts";
import { wat } from "../support/wat.ts";

/** As users import them: the script of pages is built, and lies beside them. */
const { coverContext, PageRecorder } = await import("wasm-kcov/playwright");
const { default: wasmKcov } = await import("wasm-kcov/vite");

const RUNS = 10;
/** A frame that has no URL is not served by anybody; Playwright reaches it all the same. */
const RUNS_IN_FRAME = 1;
const PARSER = fileURLToPath(new URL("../manual/material/parser.wat", import.meta.url));
const options = chromiumOptions();
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

describe.skipIf(options === undefined)("a page", () => {
  let browser: Browser;
  let directory = "";
  let site = "";

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "wasm-kcov-pages-"));
    site = join(directory, "site");
    mkdirSync(site);
    cpSync(fileURLToPath(new URL("site", import.meta.url)), site, { recursive: true });
    writeFileSync(join(site, "parser.wasm"), wat(readFileSync(PARSER, "utf8"), true));
    browser = await chromium.launch(options);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Opens the site until it has run. */
  async function visit(page: Page, port: number): Promise<void> {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://localhost:${port}/index.html`);
    await page.waitForFunction(() => document.title !== "not run" || undefined, undefined, { timeout: 60_000 });
    expect(errors).toEqual([]);
    expect(await page.title()).toBe(`ran ${RUNS} times`);
  }

  /** How often the function ran, by the profile. */
  async function runsIn(profiles: string, expected: string = "parser.wasm"): Promise<bigint[]> {
    const { modules } = await readProfiles([profiles]);
    expect(modules.map(({ name, kind }) => ({ name, kind }))).toEqual([{ name: expected, kind: "counts" }]);
    return modules.map(({ pcTable, counts }) => {
      const parse = pcTable.functions.map(({ index }) => index)[2] as number;
      return counts[pcTable.sites.findIndex((s) => s.function === parse && s.kind === "entry")] as bigint;
    });
  }

  test("counts under Playwright, with its workers", async () => {
    const server = createServer((request, response) => {
      const path = join(site, new URL(request.url ?? "/", "http://localhost").pathname);
      response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain").end(readFileSync(path));
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const profiles = join(directory, "playwright");
    const recorder = new PageRecorder({ directory: profiles }, (line) => expect(line).toBe(""));
    const context = await browser.newContext();
    const covered = await coverContext(context, recorder);
    await visit(await context.newPage(), (server.address() as AddressInfo).port);
    await covered.flush();
    recorder.finish();
    await context.close();
    server.close();
    expect(await runsIn(profiles)).toEqual([BigInt(RUNS)]);
  });

  test("counts when vite serves it, and says so before it goes away", async () => {
    const vite = await import("vite");
    const profiles = join(directory, "vite");
    const plugins = [wasmKcov({ directory: profiles })];
    const server = await vite.createServer({ root: site, configFile: false, logLevel: "silent", plugins });
    await server.listen();
    const page = await browser.newPage();
    const [url = ""] = server.resolvedUrls?.local ?? [];
    await visit(page, Number(new URL(url).port));
    await page.evaluate(() => (globalThis as { wasmKcov?: { flush(): Promise<void> } }).wasmKcov?.flush());
    // Workers report by themselves: the last one within an interval.
    await expect.poll(() => runsIn(profiles), { timeout: 20_000 }).toEqual([BigInt(RUNS - RUNS_IN_FRAME)]);
    await page.close();
    await server.close();
  });

  test("counts modules that come instrumented, by a service worker from a static server", async () => {
    const folder = join(directory, "static");
    mkdirSync(folder);
    cpSync(fileURLToPath(new URL("static", import.meta.url)), folder, { recursive: true });
    const original = wat(readFileSync(PARSER, "utf8"), true);
    const options = { link: "fused", trace: ["counters"], counters: "64bit" } as const;
    writeFileSync(join(folder, "parser.wasm"), original);
    writeFileSync(join(folder, "parser.cov.wasm"), instrument(original, options).binary);
    cpSync(fileURLToPath(import.meta.resolve("wasm-kcov/browser/register.js")), join(folder, "register.js"));
    const server = createServer((request, response) => {
      const path = join(folder, new URL(request.url ?? "/", "http://localhost").pathname);
      response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain").end(readFileSync(path));
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/index.html`);
    await page.waitForFunction(() => document.title !== "not run" || undefined, undefined, { timeout: 60_000 });
    expect(await page.title()).toBe("ran");
    const report = await page.evaluate(() => (globalThis as { wasmKcov?: PageCoverage }).wasmKcov?.take());
    if (report === undefined) throw new Error("nothing was counted");
    const profiles = join(directory, "of static modules");
    const recorder = new PageRecorder({ directory: profiles }, (line) => expect(line).toBe(""));
    recorder.report(report);
    recorder.finish();
    expect(await runsIn(profiles, "parser.cov.wasm")).toEqual([2n]);
    const { modules, notes } = await readProfiles([profiles, join(folder, "parser.wasm")]);
    expect([notes.size, await modules[0]?.original()]).toEqual([0, original]);
    await page.close();
    server.close();
  });
});
