// Tries the package as its consumers do: README.md says what. Prints a line for each trial, and exits with 1 if one fails.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { CHROMIUM, titleOf } from "./chromium.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const tools = join(here, "node_modules/.bin");
if (!existsSync(tools)) {
  complain("consumers: skipped, the tools are not installed (npm ci --prefix test/consumers)");
  process.exit(0);
}

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-consumers-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const tarball = pack();
makeProject();

/** A script for pages, which nobody imports. */
const SCRIPT = "./browser/register.js";
const failures = [];
check("publint", () => run("publint", ["--strict", join(directory, "node_modules/wasm-kcov")]));
check("attw", () =>
  run("attw", [tarball, "--profile", "esm-only", "--format", "ascii", "--exclude-entrypoints", SCRIPT]),
);
check("declarations, TypeScript 5.5", () => run("tsc", ["-p", "."]));
check("declarations, the project's TypeScript", () => run(join(root, "node_modules/.bin/tsc"), ["-p", "."]));
check("require", requireEntries);
for (const [bundler, bundle] of Object.entries(bundlers())) {
  await checkAsync(`${bundler}: a page that instruments`, async () => {
    const output = bundle();
    const title = await titleOf(join(directory, output));
    if (title !== undefined && title !== "traced 33 36") throw new Error(`the page says: ${title}`);
    return `${sizeOf(join(directory, output))}${title === undefined ? "; not run: Chromium is not installed" : ""}`;
  });
}
if (CHROMIUM === undefined) say("skipped: tests in pages, Chromium is not installed");
else {
  check("Playwright: an app with SQLite in a worker", () => cover("playwright", ["playwright", "test"]));
  check("vitest's browser mode", () => cover("vitest", ["vitest", "run"]));
}
if (failures.length > 0) complain(`consumers: ${failures.length} failed: ${failures.join(", ")}`);
process.exitCode = failures.length > 0 ? 1 : 0;

function pack() {
  const { stdout, stderr, status } = spawnSync(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", directory],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  const [{ filename, size, unpackedSize, entryCount }] = Object.values(JSON.parse(stdout));
  say(`package: ${megabytes(size)} packed, ${megabytes(unpackedSize)} in ${entryCount} files`);
  return join(directory, filename);
}

/** The unpacked package with its dependencies, and nothing else of the checkout. */
function makeProject() {
  const installed = join(directory, "node_modules/wasm-kcov");
  mkdirSync(installed, { recursive: true });
  spawnSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  for (const modules of [join(here, "node_modules"), join(root, "node_modules")]) {
    for (const name of readdirSync(modules)) {
      const link = join(directory, "node_modules", name);
      if (!existsSync(link)) symlinkSync(join(modules, name), link);
    }
  }
  cpSync(join(here, "material"), directory, { recursive: true });
  for (const file of ["sql-wasm.js", "sql-wasm.wasm"]) {
    cpSync(join(root, "node_modules/sql.js/dist", file), join(directory, "app", file));
  }
  writeFileSync(join(directory, "package.json"), '{ "type": "module", "private": true }');
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: "es2022",
    module: "nodenext",
    lib: ["es2022", "dom"],
    types: [],
  };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
}

/** Each makes a bundle of page.js with the bundler's default settings, and says where the page is. */
function bundlers() {
  const page = (folder) => {
    cpSync(join(directory, "page.html"), join(directory, folder, "page.html"));
    return `${folder}/page.html`;
  };
  return {
    esbuild: () => {
      run("esbuild", ["page.js", "--bundle", "--format=esm", "--outdir=esbuild"]);
      return page("esbuild");
    },
    webpack: () => {
      run("webpack", ["--mode=production", "--entry=./page.js", "--output-path=webpack", "--output-filename=page.js"]);
      return page("webpack");
    },
    rollup: () => {
      run("rollup", ["page.js", "-p", "node-resolve={browser:true}", "--format=es", "--dir=rollup"]);
      return page("rollup");
    },
    vite: () => {
      writeFileSync(
        join(directory, "vite.config.js"),
        'export default { base: "./", build: { target: "es2022", rolldownOptions: { input: "page.html" }, outDir: "vite" } };',
      );
      run("vite", ["build"]);
      return "vite/page.html";
    },
  };
}

/** Runs tests of pages under `wasm-kcov coverage`. @returns what was covered */
function cover(name, command) {
  const main = join(directory, "node_modules/wasm-kcov/dist/cli/main.js");
  const options = ["--reporter", "json-summary", "--reports-dir", name, "--temp-directory", `${name}/tmp`];
  run(process.execPath, [main, "coverage", ...options, "--", ...command], {
    PATH: `${tools}:${process.env.PATH}`,
    CHROMIUM,
  });
  const { total } = JSON.parse(readFileSync(join(directory, name, "coverage-summary.json"), "utf8"));
  if (total.functions.covered === 0) throw new Error("nothing was covered");
  return `${total.functions.covered} of ${total.functions.total} functions`;
}

/** An entry can be required where the engine can load it so; elsewhere the error says what to do. */
function requireEntries() {
  const require = createRequire(join(directory, "index.cjs"));
  const said = [];
  for (const entry of ["wasm-kcov", "wasm-kcov/instrument", "wasm-kcov/fuzz"]) {
    try {
      require(entry);
      said.push(`${entry} loads`);
    } catch (error) {
      if (error.code !== "ERR_REQUIRE_ASYNC_MODULE" && error.code !== "ERR_REQUIRE_ESM") throw error;
      said.push(`${entry}: ${error.code}`);
    }
  }
  return said.join("; ");
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function complain(line) {
  process.stderr.write(`${line}\n`);
}

function check(name, trial) {
  try {
    report(name, trial());
  } catch (error) {
    fail(name, error);
  }
}

async function checkAsync(name, trial) {
  try {
    report(name, await trial());
  } catch (error) {
    fail(name, error);
  }
}

function report(name, details) {
  say(`passed: ${name}${typeof details === "string" && details !== "" ? ` (${details})` : ""}`);
}

function fail(name, error) {
  failures.push(name);
  complain(`FAILED: ${name}\n${error.message}`);
}

function run(tool, args, variables = {}) {
  const program = tool.startsWith("/") ? tool : join(tools, tool);
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: directory, encoding: "utf8", env });
  if (error) throw error;
  if (status !== 0) throw new Error(`${tool} exits with ${status}\n${stdout}${stderr}`);
}

/** Bytes of the scripts beside a page, as they are and compressed. */
function sizeOf(page) {
  const folder = join(page, "..");
  const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  const bytes = scripts.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const zipped = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0);
  return `${megabytes(bytes)}, ${megabytes(zipped)} compressed`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
