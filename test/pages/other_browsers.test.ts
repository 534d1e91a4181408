/** What pages.test.ts and demo.test.ts show in Chromium, in browsers that nothing drives: the pages do it themselves, and report. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readProfiles } from "../../src/coverage/index.ts";
import { browsers, openPage } from "../support/browsers.ts";
import { wat } from "../support/wat.ts";

const { default: wasmKcov } = await import("wasm-kcov/vite");

/** The site runs its function ten times, once in a frame without a URL, which vite does not serve. */
const RUNS = 9n;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-browsers-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const others = browsers().filter((name) => name !== "Chromium");

describe.each(others)("%s", (name) => {
  test("counts what vite serves, with workers", { timeout: 120_000 }, async () => {
    const site = join(directory, `site of ${name}`);
    mkdirSync(site);
    cpSync(here("site"), site, { recursive: true });
    writeFileSync(join(site, "parser.wasm"), wat(readFileSync(here("../manual/material/parser.wat"), "utf8"), true));
    const vite = await import("vite");
    const profiles = join(directory, `profiles of ${name}`);
    const plugins = [wasmKcov({ directory: profiles })];
    const server = await vite.createServer({ root: site, configFile: false, logLevel: "silent", plugins });
    await server.listen();
    const close = openPage(name, server.resolvedUrls?.local[0] ?? "");
    try {
      await expect.poll(() => runsIn(profiles), { timeout: 90_000 }).toBe(RUNS);
    } finally {
      await close();
      await server.close();
    }
  });
});

/** How often the function ran, by the profiles. */
async function runsIn(profiles: string): Promise<bigint | undefined> {
  const [module] = (await readProfiles([profiles])).modules;
  const parse = module?.pcTable.functions[2]?.index;
  const site = module?.pcTable.sites.findIndex(({ function: index, kind }) => index === parse && kind === "entry");
  return site === undefined ? undefined : module?.counts[site];
}

/** A visitor of the demo: takes the sample, runs it, and says what can be seen. */
const VISITOR = `
  const until = async (what) => {
    for (;;) {
      const value = what();
      if (value) return value;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const say = (seen) => fetch("/seen", { method: "POST", body: JSON.stringify(seen) });
  addEventListener("error", ({ message }) => say({ error: message }));
  const at = (selector) => document.querySelector(selector);
  const countOf = (name) =>
    [...document.querySelectorAll(".function")]
      .filter((each) => [...each.querySelectorAll("*")].some((part) => part.textContent === name))
      .map((each) => each.querySelector(".count").textContent)[0];
  if (crossOriginIsolated) {
    await until(() => document.readyState === "complete");
    at("#sort").click();
    await until(() => document.body.dataset.state === "open");
    at("#export").value = "heap_sort";
    at("#export").dispatchEvent(new Event("change"));
    at("#run").click();
    await until(() => at("#output").textContent !== "" && countOf("sift"));
    await until(() => countOf("sift") === "2,999×");
    await say({ output: at("#output").textContent, sift: countOf("sift") });
  }
`;

test.each(others.filter((name) => name === "Firefox"))("%s runs the demo", { timeout: 180_000 }, async (name) => {
  const root = here("../../");
  expect(spawnSync(process.execPath, ["scripts/demo.mjs"], { cwd: root, encoding: "utf8" }).stderr).toBe("");
  let answer: (seen: string) => void = () => {};
  const seen = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") {
      answer(Buffer.concat(await request.toArray()).toString());
      response.end();
      return;
    }
    const file = join(root, "build/demo", pathname === "/" ? "index.html" : pathname);
    response.setHeader("content-type", TYPES[extname(file)] ?? "text/plain");
    const bytes = readFileSync(file);
    response.end(pathname === "/" ? `${bytes}<script type="module">${VISITOR}</script>` : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = openPage(name, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const timer = setTimeout(() => answer('{"error":"the page did not answer"}'), 150_000);
  try {
    expect(JSON.parse(await seen)).toEqual({ output: "heap_sort(2000, 1) = 1", sift: "2,999×" });
  } finally {
    clearTimeout(timer);
    await close();
    server.closeAllConnections();
    server.close();
  }
});
