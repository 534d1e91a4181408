/** Every command and every snippet of the manual runs. README.md in this folder says how. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { wat } from "../support/wat.ts";
import { type Block, outputMatches, readBlocks, readTranscript } from "./blocks.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const material = fileURLToPath(new URL("material/", import.meta.url));
const RUNNABLE = ["sh", "console", "js"];
/** The engine needs node's own multi-memory for what pages show of fused modules. */
const hasMultiMemory = Number(process.versions.node.split(".")[0]) >= 22;

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

for (const page of pages()) {
  test.skipIf(!hasMultiMemory)(page, { timeout: 600_000 }, () => {
    const directory = workbench();
    for (const block of readBlocks(readFileSync(join(root, page), "utf8"))) runBlock(page, block, directory);
  });
}

/** Pages with something to run. */
function pages(): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", ...docs.filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`)].filter((page) =>
    readBlocks(readFileSync(join(root, page), "utf8")).some(({ language }) => RUNNABLE.includes(language)),
  );
}

/** A directory as a user has it: a package that depends on this one, with modules and programs to try it on. */
function workbench(): string {
  const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-manual-"));
  directories.push(directory);
  cpSync(material, directory, { recursive: true });
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".wat"))) {
    const binary = wat(readFileSync(join(directory, file), "utf8"), true);
    writeFileSync(join(directory, file.replace(/\.wat$/, ".wasm")), binary);
  }
  mkdirSync(join(directory, "node_modules/.bin"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")).filter((each) => !each.startsWith("."))) {
    symlinkSync(join(root, "node_modules", name), join(directory, "node_modules", name));
  }
  symlinkSync(root, join(directory, "node_modules/wasm-kcov"));
  const main = join(root, "dist/cli/main.js");
  writeFileSync(join(directory, "node_modules/.bin/wasm-kcov"), `#!/bin/sh\nexec node '${main}' "$@"\n`, {
    mode: 0o755,
  });
  for (const name of ["vitest", "asc", "esbuild"]) {
    symlinkSync(join(root, "node_modules/.bin", name), join(directory, "node_modules/.bin", name));
  }
  return directory;
}

function runBlock(page: string, block: Block, directory: string): void {
  const { language, text, file, notRun, needs, exit, line } = block;
  if (notRun) return;
  if (file !== undefined) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), `${text}\n`);
    return;
  }
  if (!RUNNABLE.includes(language)) return;
  const absent = needs.filter((program) => spawnSync("which", [program]).status !== 0);
  if (absent.length > 0) {
    process.stderr.write(`${page}, line ${line}: skipped, ${absent.join(" and ")} is not installed\n`);
    return;
  }
  const where = `${page}, line ${line}`;
  if (language === "console") {
    for (const { command, output } of readTranscript(text)) {
      const result = shell(command, directory);
      expect(result.status, `${where}: $ ${command}\n${result.text}`).toBe(exit);
      if (!outputMatches(output, result.text)) expect(result.text, `${where}: $ ${command}`).toBe(output.join("\n"));
    }
    return;
  }
  if (language === "js") writeFileSync(join(directory, `snippet_${line}.mjs`), text);
  const command = language === "js" ? `node snippet_${line}.mjs` : `set -euo pipefail\n${text}`;
  const { status, text: output } = shell(command, directory);
  expect(status, `${where}\n${text}\n${output}`).toBe(exit);
}

function shell(command: string, directory: string): { status: number | null; text: string } {
  const PATH = [join(directory, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = {
    ...process.env,
    PATH,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    VITEST: undefined,
    NODE_OPTIONS: undefined,
  };
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: directory, env, encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
}
