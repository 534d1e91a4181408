/** Finds out where a module's code came from, with the best source of information for each part. */

import { type ByteRange, SECTION } from "../../binary_format.ts";
import { messageOf } from "../../errors.ts";
import { readBodies, readSections, type Section } from "../../instrument/wasm/sections.ts";
import { directoryOf, type FileAccess, NO_FILES, toPath } from "./access.ts";
import type { CodeSources } from "./code_sources.ts";
import { type Demangle, demangleNothing } from "./demangle.ts";
import { disassemble } from "./disassembly.ts";
import { readDwarf } from "./dwarf/dwarf.ts";
import { DamagedSection, Reader } from "./dwarf/reader.ts";
import { dwarfSections } from "./dwarf/sections.ts";
import { FunctionNames, readSymbolMap } from "./function_names.ts";
import { readSourceMap } from "./source_map.ts";
import { withTexts } from "./texts.ts";

export interface SourceOptions {
  /** How files other than the module are read. Default: they are not. */
  readonly files?: FileAccess;
  /** How names are demangled. Default: they stay as they are. */
  readonly demangle?: Demangle;
  /** Paths and URLs from which the module was loaded. */
  readonly locations?: readonly string[];
  /** The module's name in warnings and in the names of pages. */
  readonly name?: string;
  /**
   * Path of a symbol map as written by `emcc --emit-symbol-map`. Default: the module's path plus `.symbols`, if that
   * exists.
   */
  readonly symbolMap?: string;
  /** Called with a sentence about each thing that cannot be read. */
  readonly warn?: (warning: string) => void;
}

/** The sources of a module, best first: the next one may know code that the first one does not. */
export interface ModuleSources {
  /** DWARF or a source map; undefined if there is neither. */
  readonly debug: CodeSources | undefined;
  readonly names: FunctionNames;
  /** Bodies of functions, ascending. */
  readonly bodies: readonly ByteRange[];
  /** The text of functions, by index among the bodies. */
  disassembly(wanted: (body: number) => boolean): CodeSources;
}

/**
 * Finds the sources of a module. If one is damaged, there is one warning, and the next best source is used.
 *
 * @param original the module before it was instrumented
 * @throws {InstrumentError} it is not a module
 */
export function findSources(original: Uint8Array, options: SourceOptions = {}): ModuleSources {
  return new SourceFinder(original, options).find();
}

class SourceFinder {
  readonly #bytes: Uint8Array;
  readonly #sections: readonly Section[];
  readonly #bodies: readonly ByteRange[];
  readonly #names: FunctionNames;
  readonly #files: FileAccess;
  readonly #demangle: Demangle;
  readonly #paths: readonly string[];
  readonly #name: string;
  readonly #warn: (warning: string) => void;

  constructor(
    bytes: Uint8Array,
    { files = NO_FILES, demangle = demangleNothing, locations = [], name, symbolMap, warn = () => {} }: SourceOptions,
  ) {
    this.#bytes = bytes;
    this.#sections = readSections(bytes);
    this.#bodies = readBodies(bytes, this.#sections);
    this.#files = files;
    this.#paths = locations.flatMap((location) => toPath(location) ?? []);
    this.#name = name ?? this.#paths[0] ?? "module.wasm";
    this.#warn = (warning) => warn(`${this.#name}: ${warning}`);
    this.#demangle = demangle;
    this.#names = new FunctionNames(bytes, this.#bodies, demangle, this.#readSymbols(symbolMap));
  }

  find(): ModuleSources {
    const page = this.#paths[0] ?? this.#name;
    return {
      debug: this.#debug(),
      names: this.#names,
      bodies: this.#bodies,
      disassembly: (wanted) => disassemble(this.#bytes, page, this.#bodies, this.#names, wanted),
    };
  }

  #debug(): CodeSources | undefined {
    const dwarf = this.#dwarf() ?? this.#separateDwarf();
    if (!dwarf) return this.#sourceMap(this.#warn);
    if (dwarf.files.every(({ content }) => content !== undefined)) return dwarf;
    // The source files may not be available; if the map is missing, too, that is not worth a warning.
    const map = this.#sourceMap(() => {});
    return map ? withTexts(dwarf, map) : dwarf;
  }

  #readSymbols(path: string | undefined): Map<number, string> {
    const candidates =
      path === undefined
        ? this.#paths.flatMap((each) => [`${each}.symbols`, `${withoutExtension(each)}.js.symbols`])
        : [path];
    for (const candidate of candidates) {
      const bytes = this.#files.read(candidate);
      if (bytes) return readSymbolMap(new TextDecoder().decode(bytes));
    }
    if (path !== undefined) this.#warn(`the symbol map ${path} cannot be read`);
    return new Map();
  }

  #dwarf(): CodeSources | undefined {
    return this.#readDwarf(this.#bytes, this.#warn);
  }

  #readDwarf(binary: Uint8Array, warn: (warning: string) => void): CodeSources | undefined {
    const code = this.#sections.find(({ id }) => id === SECTION.code);
    const sections = dwarfSections(binary);
    if (!code || !sections) return undefined;
    const warnings: string[] = [];
    const place = { base: code.start, bodies: this.#bodies };
    const found = readDwarf(sections, place, this.#demangle, (each) => warnings.push(each));
    const [first] = warnings;
    if (first !== undefined) {
      warn(
        `${first}; ${found ? "what could be read of its debug information is used" : "its debug information is not used"}`,
      );
    }
    return found;
  }

  /** Reads a separate file with debug information, whose name Emscripten puts into a section of its own. */
  #separateDwarf(): CodeSources | undefined {
    const section = this.#sections.find(({ name }) => name === "external_debug_info");
    if (section) {
      const url = this.#text(section);
      if (url === undefined) return undefined;
      const found = this.#beside(url);
      if (!found) {
        this.#warn(`its debug information is in ${url}, which cannot be read`);
        return undefined;
      }
      return this.#dwarfOf(url, found.bytes);
    }
    for (const path of this.#paths) {
      const bytes = this.#files.read(`${path}.debug.wasm`);
      if (bytes) return this.#dwarfOf(`${path}.debug.wasm`, bytes);
    }
    return undefined;
  }

  #dwarfOf(path: string, binary: Uint8Array): CodeSources | undefined {
    try {
      if (this.#isOfThisBuild(binary)) return this.#readDwarf(binary, (each) => this.#warn(`${path}: ${each}`));
      this.#warn(`${path} belongs to another build: its code is not the module's`);
    } catch (error) {
      this.#warn(`${path} cannot be read: ${messageOf(error)}`);
    }
    return undefined;
  }

  /** Whether a file with debug information belongs to this build: then it has the module's code, or none. */
  #isOfThisBuild(binary: Uint8Array): boolean {
    const code = (sections: readonly Section[]): Section | undefined => sections.find(({ id }) => id === SECTION.code);
    const theirs = code(readSections(binary));
    const ours = code(this.#sections);
    if (!theirs || !ours) return true;
    if (theirs.end - theirs.start !== ours.end - ours.start) return false;
    for (let k = ours.end - ours.start - 1; k >= 0; k--) {
      if (binary[theirs.start + k] !== this.#bytes[ours.start + k]) return false;
    }
    return true;
  }

  #sourceMap(warn: (warning: string) => void): CodeSources | undefined {
    const section = this.#sections.find(({ name }) => name === "sourceMappingURL");
    const url = section && this.#text(section);
    if (url === undefined) return undefined;
    const found = url.startsWith("data:")
      ? { bytes: dataOf(url), directory: directoryOf(this.#paths[0] ?? "") }
      : this.#beside(url);
    if (!found?.bytes) {
      warn(`its source map ${url.startsWith("data:") ? "in a data: URL" : url} cannot be read`);
      return undefined;
    }
    try {
      const text = new TextDecoder().decode(found.bytes);
      return readSourceMap(text, found.directory, { bodies: this.#bodies, names: this.#names, files: this.#files });
    } catch (error) {
      warn(`its source map cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Reads a file that the module names, relative to the module: by the whole path, or the last part of its URL. */
  #beside(url: string): { bytes: Uint8Array; directory: string } | undefined {
    const name = toPath(url) ?? lastPartOf(url);
    for (const path of this.#paths) {
      for (const candidate of [name, lastPartOf(name)]) {
        const resolved = this.#files.resolve(directoryOf(path), candidate);
        const bytes = this.#files.read(resolved);
        if (bytes) return { bytes, directory: directoryOf(resolved) };
      }
    }
    return undefined;
  }

  #text({ name, start, end }: Section): string | undefined {
    try {
      const reader = new Reader(this.#bytes, name, start, end);
      const length = reader.uleb();
      const from = reader.position;
      reader.skip(length);
      return new TextDecoder().decode(this.#bytes.subarray(from, from + length));
    } catch (error) {
      if (!(error instanceof DamagedSection)) throw error;
      this.#warn(error.message);
      return undefined;
    }
  }
}

/** Bytes of a `data:` URL. */
function dataOf(url: string): Uint8Array | undefined {
  const comma = url.indexOf(",");
  if (comma < 0) return undefined;
  const data = url.slice(comma + 1);
  try {
    if (!url.slice(0, comma).endsWith(";base64")) return new TextEncoder().encode(decodeURIComponent(data));
    return Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function lastPartOf(url: string): string {
  return (
    url
      .replace(/[?#].*$/, "")
      .split(/[/\\]/)
      .at(-1) ?? url
  );
}

function withoutExtension(path: string): string {
  return path.replace(/\.wasm$/, "");
}
