/**
 * The command line, one case a file in `cases/`: `NAME.case` begins with the command lines (`$ …`, with modules of
 * test/fixtures/modules as NAME.wasm and programs of test/fixtures/programs in the working directory); what they print
 * and their exit codes follow, and are rewritten by `npm run test:update`.
 */

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, test } from "vitest";
import { wat } from "../support/wat.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../dist/cli/main.js");
const CASES = here("cases/");
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-cli-"));
  for (const file of readdirSync(here("../fixtures/modules"))) {
    const binary = wat(readFileSync(here(`../fixtures/modules/${file}`), "utf8"), true);
    writeFileSync(join(directory, file.replace(/\.wat$/, ".wasm")), binary);
  }
  cpSync(here("../fixtures/programs"), directory, { recursive: true });
  writeFileSync(join(directory, "not.wasm"), "this is text");
  writeFileSync(join(directory, "cut.wasm"), readFileSync(join(directory, "shapes.wasm")).subarray(0, 60));
});

afterAll(() => rmSync(directory, { recursive: true }));

test.concurrent.for(readdirSync(CASES).filter((file) => file.endsWith(".case")))("%s", async (file, { expect }) => {
  const commands = readFileSync(join(CASES, file), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("$ "));
  expect(commands.length).toBeGreaterThan(0);
  const transcripts: string[] = [];
  for (const command of commands) transcripts.push(`${command}\n${await run(command.slice(2))}`);
  await expect(transcripts.join("\n")).toMatchFileSnapshot(join(CASES, file));
});

async function run(command: string): Promise<string> {
  const [program, ...args] = command.split(" ");
  if (program !== "wasm-kcov") throw new Error(`a case runs wasm-kcov, not ${program}`);
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const parts = [
    stdout && `--- stdout\n${stdout.replaceAll(directory, "DIR")}`,
    stderr && `--- stderr\n${stable(stderr)}`,
    `--- exit ${status}\n`,
  ];
  return parts.filter(Boolean).join("");
}

/** Without what differs between machines and engines. */
function stable(text: string): string {
  return text
    .replaceAll(directory, "DIR")
    .replaceAll(process.version, "VERSION")
    .replace(/\d+\.\d s$/gm, "TIME s")
    .replace(/^ {4}at .*\n/gm, "")
    .replace(/hooks, (fused|import)\)/, "hooks, LINK)")
    .replace(/wasm:\/\/[^:]*:wasm-function\[\d+\]:0x[0-9a-f]+/g, "WASM")
    .replace(/ → [\d,]+ bytes \([\d.]+×\)/g, " → BYTES");
}
