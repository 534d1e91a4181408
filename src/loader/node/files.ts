/**
 * Finds the file from which a module comes. Glue code reads a file and compiles its content; so reads of WebAssembly
 * are remembered by their size. A file that was read earlier, or by other means, may lie beside the script that
 * compiles it.
 */

import fs, { type Dirent } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { apply, chain } from "../primordials.ts";
import { replace } from "../replace.ts";
import { importedModules } from "./import_graph.ts";

const { readdirSync, readFileSync, statSync } = fs;

/** Maximum number of sizes that are remembered. */
const MAX_SIZES = 10_000;
/** Maximum number of folders that are searched. */
const MAX_FOLDERS = 200;

export class ModuleFiles {
  readonly #reads = new Map<number, string[]>();
  /** Files that were found beside scripts, by script and size. */
  readonly #found = new Map<string, string | undefined>();

  /** Remembers which WebAssembly files are read from now on. @returns a function that restores node:fs */
  watchReads(): () => void {
    const note = (path: unknown, contents: unknown): void => this.#note(path, contents);
    const undo = [
      replace(fs, "readFileSync", (target, self, args) => {
        const contents = apply(target, self, args);
        note(args[0], contents);
        return contents;
      }),
      replace(fs, "readFile", (target, self, args) => {
        const last = args.length - 1;
        const callback = args[last];
        if (typeof callback !== "function") return apply(target, self, args);
        const changed = [...args];
        changed[last] = function (this: unknown, error: unknown, contents: unknown): unknown {
          note(args[0], contents);
          return Reflect.apply(callback, this, error === null ? [error, contents] : [error]);
        };
        return apply(target, self, changed);
      }),
      replace(fs.promises, "readFile", (target, self, args) =>
        chain(apply(target, self, args) as Promise<unknown>, (contents) => {
          note(args[0], contents);
          return contents;
        }),
      ),
    ];
    return () => {
      for (const each of undo) each();
    };
  }

  /** @returns the absolute path of a file with this content, if one is known */
  locate(binary: Uint8Array, script: string | undefined): string | undefined {
    const read = this.#reads.get(binary.length) ?? [];
    return read.findLast((path) => holds(path, binary)) ?? this.#beside(binary, script);
  }

  #note(path: unknown, contents: unknown): void {
    if (!isWasm(contents)) return;
    const file = toPath(path);
    const paths = this.#reads.get(contents.length) ?? [];
    if (file === undefined || paths.includes(file) || this.#reads.size >= MAX_SIZES) return;
    this.#reads.set(contents.length, [...paths, file]);
  }

  /**
   * Searches beside a script. ES module imports have no script in the stack: then the file may be in a subfolder or
   * anywhere.
   */
  #beside(binary: Uint8Array, script: string | undefined): string | undefined {
    const key = `${binary.length} ${script}`;
    const found = this.#found.get(key);
    if (found !== undefined && holds(found, binary)) return found;
    if (found === undefined && this.#found.has(key)) return undefined;
    const starts = [script, process.argv[1]]
      .filter((each) => each?.startsWith("/"))
      .map((each) => dirname(each as string));
    const folders = [...new Set([...starts, process.cwd()])];
    const candidates = folders.flatMap((folder) => modulesIn(folder, script === undefined ? MAX_FOLDERS : 1));
    const path =
      candidates.find((each) => holds(each, binary)) ?? (script === undefined ? imported(binary) : undefined);
    this.#found.set(key, path);
    return path;
  }
}

/** A file that the program's main script imports, directly or through other scripts. */
function imported(binary: Uint8Array): string | undefined {
  const [, main] = process.argv;
  if (main === undefined) return undefined;
  for (const path of importedModules(resolve(main))) if (holds(path, binary)) return path;
  return undefined;
}

/** @param folders maximum number of folders to search: this one first, then those below it */
function modulesIn(folder: string, folders: number): string[] {
  const modules: string[] = [];
  const queue = [folder];
  for (let k = 0; k < folders && k < queue.length; k++) {
    const current = queue[k] as string;
    for (const entry of entriesOf(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name)) queue.push(path);
      else if (entry.name.endsWith(".wasm")) modules.push(path);
    }
  }
  return modules;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function holds(path: string, binary: Uint8Array): boolean {
  try {
    return statSync(path).size === binary.length && readFileSync(path).equals(binary);
  } catch {
    return false;
  }
}

function isWasm(contents: unknown): contents is Uint8Array {
  return (
    contents instanceof Uint8Array &&
    contents[0] === 0 &&
    contents[1] === 0x61 &&
    contents[2] === 0x73 &&
    contents[3] === 0x6d
  );
}

function toPath(path: unknown): string | undefined {
  if (typeof path === "string") return resolve(path);
  if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
  return path instanceof Uint8Array ? resolve(Buffer.from(path).toString()) : undefined;
}
