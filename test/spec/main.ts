/** `npm run test:spec -- DIR`: runs every `.wast` script below a directory and prints a line for each. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setFlagsFromString } from "node:v8";
import { assemblers } from "./assemble.ts";
import { runScript, type ScriptResult } from "./script.ts";

// Exceptions with try_table are behind a flag in Node 24.
if (Number(process.versions.node.split(".")[0]) >= 22) setFlagsFromString("--experimental-wasm-exnref");

const [directory, filter = ""] = process.argv.slice(2);
if (!directory) {
  process.stderr.write("usage: npm run test:spec -- DIR [PART OF THE NAME]\n");
  process.exit(2);
}

const parsers = await assemblers();
if (parsers.length === 1)
  process.stdout.write("without @bytecodealliance/jco-transpile: Binaryen's parser drops dead code\n");
const files = readdirSync(directory, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".wast") && file.includes(filter))
  .sort();
const total = { passed: 0, failed: 0, lost: 0, skipped: 0 };
for (const file of files) {
  report(relative(directory, join(directory, file)), runScript(readFileSync(join(directory, file), "utf8"), parsers));
}
process.stdout.write(
  `\n${files.length} scripts: ${total.passed} passed, ${total.failed} failed, ${total.lost} lost by Binaryen alone, ` +
    `${total.skipped} skipped\n`,
);
process.exitCode = total.failed > 0 ? 1 : 0;

function report(file: string, { passed, failed, lost, skipped }: ScriptResult): void {
  const skips = [...skipped.values()].reduce((sum, count) => sum + count, 0);
  total.passed += passed;
  total.failed += failed.length;
  total.lost += lost.length;
  total.skipped += skips;
  process.stdout.write(`${file.padEnd(44)} ${passed} passed, ${failed.length} failed, ${skips} skipped\n`);
  for (const line of failed) process.stdout.write(`    FAILED ${line}\n`);
  for (const line of lost) process.stdout.write(`    lost by Binaryen's own read + write: ${line}\n`);
  for (const [reason, count] of skipped) process.stdout.write(`    ${count} skipped: ${reason}\n`);
}
