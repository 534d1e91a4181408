// Makes the pictures of README.md and the manual: `node scripts/pictures.mjs`, with Chromium installed. docs/pictures/ is
// what comes of it.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { chromiumOptions } from "../test/support/browsers.ts";

const options = chromiumOptions();
if (options === undefined) throw new Error("there are no pictures without it");
const MAIN = resolve("dist/cli/main.js");
const OUTPUT = resolve("docs/pictures");
mkdirSync(OUTPUT, { recursive: true });

const example = "examples/tokenizer";
run(example, resolve("node_modules/.bin/asc"), "tokenizer.ts", "-o", "build/tokenizer.wasm", "--sourceMap", "--debug");
const files = ["--reports-dir", "build/coverage", "--temp-directory", "build/profiles", "--include", "**/tokenizer.ts"];
run(example, "node", MAIN, "coverage", "-r", "html", ...files, "node", "--test", "tokenizer.test.mjs");
const browser = await chromium.launch(options);
await picture("lines.png", join(example, "build/coverage/tokenizer.ts.html"), { width: 680, height: 1190 });
await browser.close();

function run(cwd, program, ...args) {
  const { status, stderr } = spawnSync(program === "node" ? process.execPath : program, args, {
    cwd,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
}

async function picture(name, page, viewport) {
  const tab = await browser.newPage({ viewport });
  await tab.goto(pathToFileURL(resolve(page)).href);
  // The day of the report would make every picture a new one.
  await tab.locator(".footer").evaluateAll((footers) => {
    for (const footer of footers) footer.remove();
  });
  await tab.screenshot({ path: join(OUTPUT, name) });
  await tab.close();
}
