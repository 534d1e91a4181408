/** Finds the files on this machine that are the sources of a module. */

import picomatch from "picomatch";
import { directoryOf, type FileAccess, toPath } from "../sources/access.ts";
import type { SourceFile } from "../sources/code_sources.ts";
import type { CoverageMapOptions } from "./options.ts";

/** A source that goes into the map. */
export interface ResolvedSource {
  /** Its path, absolute where possible. */
  readonly path: string;
  /** Its text; undefined if it is not available. */
  readonly text: string | undefined;
}

/**
 * Where compilers and package managers keep code that is not the program's own: system headers, standard libraries of
 * C++, Rust, Zig, AssemblyScript and Emscripten, downloaded crates.
 */
const FOREIGN =
  /^\/usr\/(local\/)?(include|lib|share)\/|\/include\/c\+\+\/|\/sysroot\/|\/\.cargo\/(registry|git)\/|\/rustlib\/src\/|\/lib\/zig\/|\/lib\/(std|compiler_rt|libc?)\/.*\.zig$|\/tinygo\/src\/|\/go[^/]*\/src\/(runtime|internal)\/|\/emscripten\/(system|cache)\/|\/emsdk\/|(^|\/)~lib\//;

/** Resolves sources, each of them once. */
export class SourcePaths {
  readonly #files: FileAccess;
  readonly #options: CoverageMapOptions;
  readonly #isWanted: (path: string) => boolean;
  /** Directories of sources that were left out because their files do not exist. */
  readonly missing: Set<string> = new Set();
  /** Paths of sources that were left out because they belong to a compiler or a library. */
  readonly foreign: Set<string> = new Set();

  constructor(files: FileAccess, options: CoverageMapOptions) {
    this.#files = files;
    this.#options = options;
    this.#isWanted = filterOf(options, files);
  }

  /** @returns undefined for a source that is left out */
  resolve({ path, content }: SourceFile, locations: readonly string[]): ResolvedSource | undefined {
    const mapped = this.#mapped(path);
    const found = this.#find(mapped, locations);
    const absolute = found ?? this.#files.resolve(this.#files.workingDirectory, mapped);
    if (!this.#isWanted(absolute)) return undefined;
    const { allSources = false, include = [] } = this.#options;
    if (!allSources && include.length === 0 && FOREIGN.test(absolute)) {
      this.foreign.add(path);
      return undefined;
    }
    if (found === undefined && content === undefined && !allSources) {
      this.missing.add(path);
      return undefined;
    }
    return { path: absolute, text: content ?? (found === undefined ? undefined : this.#read(found)) };
  }

  #mapped(path: string): string {
    for (const [from, to] of this.#options.pathMap ?? []) {
      if (path === from) return to;
      const prefix = from.endsWith("/") ? from : `${from}/`;
      if (path.startsWith(prefix))
        return to === "" ? path.slice(prefix.length) : `${to.replace(/\/$/, "")}/${path.slice(prefix.length)}`;
    }
    return path;
  }

  /** Finds a file. A relative path is resolved from the working directory, or from the module's directory. */
  #find(path: string, locations: readonly string[]): string | undefined {
    const local = toPath(path);
    if (local === undefined) return undefined;
    const directories = [
      this.#files.workingDirectory,
      ...locations.flatMap((each) => toPath(each) ?? []).map(directoryOf),
    ];
    return directories
      .map((directory) => this.#files.resolve(directory, local))
      .find((each) => this.#files.isFile(each));
  }

  #read(path: string): string | undefined {
    const bytes = this.#files.read(path);
    return bytes && new TextDecoder().decode(bytes);
  }
}

/** A filter of paths. Globs match absolute paths, or paths relative to the working directory. */
function filterOf({ include = [], exclude = [] }: CoverageMapOptions, files: FileAccess): (path: string) => boolean {
  const absolute = (glob: string): string =>
    glob.startsWith("**") ? glob : files.resolve(files.workingDirectory, glob);
  const matcherOf = (globs: readonly string[]): ((path: string) => boolean) => {
    const matchers = globs.flatMap((glob) => {
      const whole = absolute(glob);
      // A directory stands for everything in it.
      return [picomatch(whole, { dot: true }), picomatch(`${whole.replace(/\/$/, "")}/**`, { dot: true })];
    });
    return (path) => matchers.some((matches) => matches(path));
  };
  const isIncluded = matcherOf(include);
  const isExcluded = matcherOf(exclude);
  return (path) => (include.length === 0 || isIncluded(path)) && !isExcluded(path);
}
