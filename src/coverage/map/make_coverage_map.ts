/** Turns counts by site into coverage of sources, in istanbul's data model. */

import type { CoverageMapData } from "istanbul-lib-coverage";
import type { ModuleProfile, Profile } from "../profile/profile.ts";
import { NO_FILES } from "../sources/access.ts";
import type { CodeSources } from "../sources/code_sources.ts";
import { findSources, type ModuleSources, type SourceOptions } from "../sources/find_sources.ts";
import { fileCoverage } from "./file_coverage.ts";
import { type CountedFunction, countFunctions, coverSources } from "./module_coverage.ts";
import type { CoverageMapOptions } from "./options.ts";
import { readAsSource } from "./reading.ts";
import type { SourceCounts } from "./source_counts.ts";
import { type ResolvedSource, SourcePaths } from "./source_paths.ts";

/**
 * Makes a coverage map from the counts of a run. For every module the best available source is used: DWARF, a source
 * map, or its own text. A file from which several modules were compiled gets the counts of all of them.
 *
 * @throws {Error} the original of a module cannot be read
 */
export async function makeCoverageMap(profile: Profile, options: CoverageMapOptions = {}): Promise<CoverageMapData> {
  const collected = new SourceCollection(options);
  for (const module of profile.modules) await collected.add(module);
  return collected.finish();
}

interface Known {
  readonly source: ResolvedSource;
  readonly counts: SourceCounts;
  readonly isDisassembly: boolean;
}

/** The counts of sources, by their paths. */
class SourceCollection {
  readonly #options: CoverageMapOptions;
  readonly #paths: SourcePaths;
  readonly #sources = new Map<string, Known>();
  #layouts = 0;

  constructor(options: CoverageMapOptions) {
    this.#options = options;
    this.#paths = new SourcePaths(options.files ?? NO_FILES, options);
  }

  finish(): CoverageMapData {
    noteLeftOut(this.#paths, this.#options);
    const map: CoverageMapData = {};
    for (const path of [...this.#sources.keys()].sort()) {
      const known = this.#sources.get(path);
      if (!known) continue;
      const { source, counts, isDisassembly } = known;
      if (source.text !== undefined && !isDisassembly) readAsSource(counts, source.text.split("\n"));
      map[path] = fileCoverage(path, source.text, counts);
    }
    return map;
  }

  async add(module: ModuleProfile): Promise<void> {
    const original = await module.original();
    const found = findSources(original, sourceOptions(module, this.#options));
    const functions = countFunctions(module, original);
    const { debug } = found;
    const isKept = debug !== undefined && this.#cover(functions, debug, module);
    const rest = functions.filter(({ body }) => !hasRows(found, body));
    if (rest.length === 0) return;
    if (debug) {
      const nothing = `${module.name}: ${debug.kind} says nothing of ${rest.length} of its ${functions.length} functions`;
      if (isKept && !this.#options.allSources) {
        this.#options.note?.(`${nothing} (--all-sources shows their text)`);
        return;
      }
      // A library with debug information in a program without: for the program there is only the text.
      if (!isKept) this.#options.note?.(`${nothing}, and of the others no source is here: the text of these is shown`);
    }
    const wanted = new Set(rest.map(({ body }) => body));
    this.#cover(
      rest,
      found.disassembly((body) => wanted.has(body)),
      module,
    );
  }

  /** @returns whether any of the sources is part of the map */
  #cover(functions: readonly CountedFunction[], sources: CodeSources, { locations }: ModuleProfile): boolean {
    const texts = new Texts(sources.files.map((file) => this.#paths.resolve(file, locations)));
    for (const [k, counts] of coverSources(functions, sources, this.#layouts++, texts.line).entries()) {
      const source = texts.sources[k];
      if (!source || !counts) continue;
      const known = this.#sources.get(source.path);
      if (known) known.counts.merge(counts);
      else this.#sources.set(source.path, { source, counts, isDisassembly: sources.kind === "disassembly" });
    }
    return texts.sources.some((source) => source !== undefined);
  }
}

/** The lines of a module's sources. */
class Texts {
  readonly sources: readonly (ResolvedSource | undefined)[];
  readonly #lines: (readonly string[] | undefined)[] = [];

  constructor(sources: readonly (ResolvedSource | undefined)[]) {
    this.sources = sources;
  }

  readonly line = (file: number, line: number): string | undefined => {
    const lines = this.#lines[file] ?? this.sources[file]?.text?.split("\n") ?? [];
    this.#lines[file] = lines;
    return lines[line - 1];
  };
}

function sourceOptions(module: ModuleProfile, { files, demangle, symbolMap, note }: CoverageMapOptions): SourceOptions {
  return {
    ...{ locations: module.locations, name: module.name },
    ...(files && { files }),
    ...(demangle && { demangle }),
    ...(symbolMap !== undefined && { symbolMap }),
    ...(note && { warn: note }),
  };
}

/** Whether debug information covers any of a function. */
function hasRows({ debug, bodies }: ModuleSources, body: number): boolean {
  const range = bodies[body];
  if (!debug || !range) return false;
  const row = debug.rows.firstAfter(range.start);
  return row < debug.rows.length && (debug.rows.start[row] as number) < range.end;
}

/** How many files are named before the rest are only counted. */
const NAMED_FILES = 3;

function noteLeftOut({ missing, foreign }: SourcePaths, { note }: CoverageMapOptions): void {
  if (missing.size > 0) {
    const hint = "--all-sources keeps them, --path-map says where they are";
    note?.(`left out, since there are no such files: ${someOf(missing)} (${hint})`);
  }
  if (foreign.size > 0) {
    note?.(`left out, as files of compilers and libraries: ${someOf(foreign)} (--all-sources or --include keeps them)`);
  }
}

function someOf(paths: ReadonlySet<string>): string {
  const names = [...paths].sort();
  const more = names.length > NAMED_FILES ? ` and ${names.length - NAMED_FILES} more` : "";
  return `${names.slice(0, NAMED_FILES).join(", ")}${more}`;
}
