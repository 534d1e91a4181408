/**
 * `fuzz --emit-runner`: a directory with one executable per target, as expected by fleets that run libFuzzer's
 * executables (ClusterFuzzLite, OSS-Fuzz: `$OUT`). It contains everything that they need, including this library and
 * Node.js.
 *
 *     DIR/parser            sh: runs the fuzzer on the target, with whatever arguments it is given
 *     DIR/parser.files/     the target: parser.wasm, or the package that the script is in
 *     DIR/parser.dict …     files next to the target with its name: dictionary, options, seeds
 *     DIR/wasm-kcov.files/  node, and the library with what it depends on
 */

import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fileFailure } from "../failure.ts";
import { say } from "../io.ts";
import { kindOfTargetAt, type TargetFlags, toTargetArguments } from "../target_options.ts";

/** The folder of the library and its dependencies in an emitted directory. */
const LIBRARY = "wasm-kcov.files";
/** Suffixes of the files that fleets look for next to an executable. */
const COMPANIONS = [".dict", ".options", "_seed_corpus.zip"];
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** @param targets modules or scripts @throws {Failure} something cannot be read or written */
export function emitRunners(directory: string, targets: readonly string[], flags: TargetFlags): void {
  const kinds = targets.map(kindOfTargetAt);
  try {
    mkdirSync(directory, { recursive: true });
    emitLibrary(join(directory, LIBRARY));
    for (const [k, target] of targets.entries()) emitRunner(directory, target, kinds[k] === "module", flags);
  } catch (error) {
    throw fileFailure("write", directory, error);
  }
}

function emitRunner(directory: string, target: string, isModule: boolean, flags: TargetFlags): void {
  const name = basename(target, extname(target));
  const inside = isModule ? emitModule(directory, name, target) : emitScript(directory, name, target);
  const options = toTargetArguments(flags).map(quote).join(" ");
  const script = `#!/bin/sh
# Runs LLVMFuzzerTestOneInput of ${basename(target)}, with the arguments of libFuzzer.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 1
exec "$here/${LIBRARY}/node" "$here/${LIBRARY}/dist/cli/main.js" fuzz ${options}${options === "" ? "" : " "}"$here/"${quote(inside)} "$@"
`;
  const path = join(directory, name);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  for (const ending of COMPANIONS) {
    const beside = join(dirname(target), `${name}${ending}`);
    if (existsSync(beside)) copyFileSync(beside, join(directory, `${name}${ending}`));
  }
  say(`wasm-kcov: ${path}`);
}

/** Copies a module. @returns its path inside the directory */
function emitModule(directory: string, name: string, target: string): string {
  const inside = join(`${name}.files`, basename(target));
  mkdirSync(join(directory, `${name}.files`), { recursive: true });
  copyFileSync(target, join(directory, inside));
  return inside;
}

/** Copies a script with its whole package: that contains what it imports, and possibly files that it reads. */
function emitScript(directory: string, name: string, target: string): string {
  const path = realpathSync(target);
  const home = packageOf(path);
  const out = resolve(directory);
  const filter = (from: string): boolean => {
    const stats = lstatSync(from);
    const canBeCopied = stats.isFile() || stats.isDirectory() || stats.isSymbolicLink();
    return canBeCopied && resolve(from) !== out && basename(from) !== ".git";
  };
  cpSync(home, join(directory, `${name}.files`), { recursive: true, verbatimSymlinks: true, filter });
  return join(`${name}.files`, relative(home, path));
}

function packageOf(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return dirname(path);
  }
}

/** Copies the library and all packages that it needs, side by side: one version of each is enough. */
function emitLibrary(directory: string): void {
  mkdirSync(directory, { recursive: true });
  copyFileSync(process.execPath, join(directory, "node"));
  chmodSync(join(directory, "node"), 0o755);
  copyFileSync(join(ROOT, "package.json"), join(directory, "package.json"));
  cpSync(join(ROOT, "dist"), join(directory, "dist"), { recursive: true });
  for (const [name, from] of dependenciesOf(ROOT)) {
    cpSync(from, join(directory, "node_modules", name), {
      recursive: true,
      dereference: true,
      filter: (path) => !path.slice(from.length).includes("node_modules"),
    });
  }
}

/** Folders of all packages on which a package depends, by name. */
function dependenciesOf(root: string, found: Map<string, string> = new Map()): Map<string, string> {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  const paths = createRequire(join(root, "package.json")).resolve.paths("x") ?? [];
  for (const name of Object.keys(dependencies)) {
    const folder = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
    if (folder === undefined || found.has(name)) continue;
    found.set(name, realpathSync(folder));
    dependenciesOf(realpathSync(folder), found);
  }
  return found;
}

function quote(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
