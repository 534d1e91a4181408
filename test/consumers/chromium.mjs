// A page in Chromium, where that is installed.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumOptions } from "../support/browsers.ts";

const OPTIONS = chromiumOptions();
/** Path of Chromium; undefined where it is absent. */
export const CHROMIUM = OPTIONS?.executablePath;
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const SECONDS = 60;

/** Serves a page's folder, and waits until the page has changed its title. Undefined: there is no Chromium. */
export async function titleOf(page) {
  if (OPTIONS === undefined) return undefined;
  const server = await serve(dirname(page));
  const browser = await chromium.launch(OPTIONS);
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    await tab.goto(`http://127.0.0.1:${server.address().port}/page.html`);
    await tab
      .waitForFunction(() => document.title !== "not run", undefined, { timeout: SECONDS * 1000 })
      .catch(() => errors.push(`no title after ${SECONDS} s`));
    return errors.length > 0 ? errors.join("; ") : await tab.title();
  } finally {
    await browser.close();
    server.close();
  }
}

function serve(folder) {
  const server = createServer(async (request, response) => {
    try {
      const file = join(folder, new URL(request.url, "http://localhost").pathname);
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(await readFile(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
