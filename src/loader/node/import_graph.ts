/**
 * Modules that a program imports as ES modules, wherever they are: Node.js reads those itself, with no script in the
 * stack. They are found in the text of scripts, by following literal specifiers from the program's main script on.
 */

import fs from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const { existsSync, readFileSync } = fs;

/** Maximum number of scripts that are read, and their maximum length. */
const MAX_SCRIPTS = 2000;
const MAX_LENGTH = 1 << 20;
/**
 * `import … from "x"`, `import "x"`, `import("x")`, `export … from "x"`. By pattern: what a comment or a string seems to import
 * is looked for in vain, and no more. A lexer, which knows them apart, would be one more package in every program that is run.
 */
const SPECIFIER = /\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g;
const SCRIPT = /\.(?:[cm]?[jt]sx?)$/;

/**
 * Yields the WebAssembly files that are imported, those of the main script first.
 *
 * @param main absolute path
 */
export function* importedModules(main: string): Generator<string, void, void> {
  const seen = new Set([main]);
  const queue = [main];
  for (let k = 0; k < queue.length && k < MAX_SCRIPTS; k++) {
    for (const path of importsOf(queue[k] as string)) {
      if (seen.has(path)) continue;
      seen.add(path);
      if (SCRIPT.test(path)) queue.push(path);
      else yield path;
    }
  }
}

function importsOf(script: string): string[] {
  const text = readScript(script);
  return Array.from(text.matchAll(SPECIFIER), ([, , specifier]) => resolveFrom(script, specifier as string)).filter(
    (path) => path !== undefined,
  );
}

function readScript(path: string): string {
  try {
    const bytes = readFileSync(path);
    return bytes.length > MAX_LENGTH ? "" : bytes.toString();
  } catch {
    return "";
  }
}

/** @returns undefined if it is not a file */
function resolveFrom(script: string, specifier: string): string | undefined {
  try {
    if (/^(?:\.{0,2}\/|file:)/.test(specifier)) return fileURLToPath(new URL(specifier, pathToFileURL(script)));
    if (/^\w+:/.test(specifier)) return undefined;
    return resolvePackage(script, specifier);
  } catch {
    return undefined;
  }
}

function resolvePackage(script: string, specifier: string): string | undefined {
  try {
    const path = createRequire(script).resolve(specifier);
    return path.startsWith("/") ? path : undefined;
  } catch {
    // The package's `exports` may have an entry only for `import`.
    const [, name = specifier, rest = ""] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
    const folder = packageFolder(dirname(script), name);
    return folder && exportedFile(folder, `.${rest}`);
  }
}

function packageFolder(from: string, name: string): string | undefined {
  const folder = join(from, "node_modules", name);
  if (existsSync(folder)) return folder;
  return from === dirname(from) ? undefined : packageFolder(dirname(from), name);
}

const CONDITIONS: ReadonlySet<string> = new Set(["node", "import", "module-sync", "default"]);

/** @param subpath as in `exports` of package.json: "./file" */
function exportedFile(folder: string, subpath: string): string | undefined {
  const { exports } = JSON.parse(readScript(join(folder, "package.json"))) as { exports?: unknown };
  const isList = typeof exports === "object" && exports !== null && Object.keys(exports)[0]?.startsWith(".");
  const target = targetOf(isList ? (exports as Record<string, unknown>)[subpath] : exports);
  return target && join(folder, target);
}

function targetOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [condition, each] of Object.entries(value)) {
    const target = Array.isArray(value) || CONDITIONS.has(condition) ? targetOf(each) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
