/**
 * `npm run test:real [-- DIR] [PART OF THE NAME]`: instruments modules that npm packages ship with everything in both link
 * modes, validates what comes out, here and on the Node.js of this machine, and compares what workloads compute with what
 * they compute on the originals, traced and sanitized. Packages are installed below DIR, by default a temporary directory.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { instrument, type LinkMode, TRACES } from "../../src/instrument/index.ts";
import { MODULES, type RealModule } from "./modules.ts";

type Link = Exclude<LinkMode, "standalone">;

const LINKS: readonly Link[] = ["import", "fused"];
const SANITIZED = { fused: "sanitized", import: "sanitized-import" } as const;
/** Node.js outside of this repository: npm's own, as npm scripts know it. */
const HOST_NODE = process.env.npm_node_execpath ?? process.execPath;
const RUN = fileURLToPath(new URL("run.ts", import.meta.url));
/** Long enough for the slowest workload in the import link. */
const TIMEOUT_MILLISECONDS = 600_000;

const [where, filter = ""] = process.argv.slice(2);
const directory = where ? resolve(where) : mkdtempSync(join(tmpdir(), "wasm-kcov-real-"));
const modules = MODULES.filter((each) => each.package.includes(filter));
install();
let failures = 0;
for (const each of modules) for (const link of LINKS) failures += check(each, link);
if (!where) rmSync(directory, { recursive: true });
process.stdout.write(`${modules.length} modules, ${failures} failures\n`);
process.exitCode = failures > 0 ? 1 : 0;

function install(): void {
  mkdirSync(directory, { recursive: true });
  const dependencies = Object.fromEntries(modules.map((each) => [each.package, each.version]));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, dependencies }));
  // Peers and engines do not matter for the modules themselves.
  const flags = ["--ignore-scripts", "--force", "--legacy-peer-deps", "--no-audit", "--no-fund", "--no-package-lock"];
  execFileSync("npm", ["install", ...flags], { cwd: directory, stdio: ["ignore", "ignore", "inherit"] });
}

/** Prints a line. @returns 1 for a failure */
function check(each: RealModule, link: Link): 0 | 1 {
  const name = `${each.package}/${each.path.split("/").at(-1)}`;
  const verdict = validate(each, link) ?? compare(each, link);
  const passed = verdict.startsWith("ok");
  process.stdout.write(`${name.padEnd(66)} ${link.padEnd(6)}  ${passed ? verdict : `FAILED ${verdict}`}\n`);
  return passed ? 0 : 1;
}

/** What is wrong with an instrumented module, if anything. */
function validate({ package: name, path }: RealModule, link: Link): string | undefined {
  const original = readFileSync(join(directory, "node_modules", name, path));
  try {
    const { binary, leftOut, inexact } = instrument(original, { link, trace: TRACES });
    if (!WebAssembly.validate(binary)) return "not valid here";
    if (leftOut.length + inexact.length > 0) return `left out ${leftOut.length}, inexact ${inexact.length}`;
    if (link === "import" && !isValidOnHost(binary)) return `not valid in ${HOST_NODE}`;
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function isValidOnHost(binary: Uint8Array): boolean {
  const code = "const b=require('fs').readFileSync(process.argv[1]);process.exit(WebAssembly.validate(b)?0:1)";
  const file = join(directory, "instrumented.wasm");
  writeFileSync(file, binary);
  return spawnSync(HOST_NODE, ["-e", code, file]).status === 0;
}

function compare({ workload }: RealModule, link: Link): string {
  if (workload === undefined) return "ok, valid";
  const expected = output("original", workload);
  if (expected === "" || expected === "null\n") return `${workload} computes nothing`;
  for (const how of [link, SANITIZED[link]]) {
    const actual = output(how, workload);
    if (actual !== expected) return `${how}: ${workload} printed ${actual.slice(0, 200)}`;
  }
  return "ok, same results, no memory errors";
}

function output(link: Link | "original" | (typeof SANITIZED)[Link], workload: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--stack-size=900", RUN, link, workload, directory], {
    encoding: "utf8",
    timeout: TIMEOUT_MILLISECONDS,
    maxBuffer: 1 << 28,
  });
  return status === 0 ? stdout : `nothing: ${stderr.slice(-400)}`;
}
