/**
 * Merging. Counts add up, in whatever order files come; the order of what is merged never shows in the result. A module
 * is known by the SHA-256 of its original.
 *
 * While files are read, the sums of a module's counters are all that is kept of it, so that a thousand files take no
 * more memory than one. Counts of sites are derived from the sums when all is read: that is a sum of flows, too.
 */

import { deriveCounts } from "../../instrument/derive_counts.ts";
import type { PcTable } from "../../instrument/pc_table.ts";
import { CounterSums } from "./counts.ts";
import type { StoredModule, StoredProfile } from "./format.ts";
import type { CountKind, ModuleIdentity, ModuleProfile, Profile } from "./profile.ts";

/** Called with what was left out of a merger, as one line. */
export type OnProblem = (line: string) => void;

/** Sums of counters of one module that mean the same. */
export interface CounterPart {
  /** SHA-256 of the pc table. */
  readonly pcTable: string;
  readonly kind: CountKind;
  /** Undefined if no process made an instance: then everything is 0. */
  readonly sums: CounterSums | undefined;
  /** Files that were added. */
  readonly files: number;
}

/** A module while it is being merged. */
export interface MergedModule extends ModuleIdentity {
  readonly parts: readonly CounterPart[];
}

/** Merges files one after the other. */
export class StoredMerger {
  readonly #modules = new Map<string, ModuleSums>();

  /** @throws {CountsError} a module's counts are damaged, or of another length; the modules before it were added */
  add({ modules }: Pick<StoredProfile, "modules"> & Partial<StoredProfile>): void {
    for (const module of modules) {
      const sums = this.#modules.get(module.sha256) ?? new ModuleSums(module);
      this.#modules.set(module.sha256, sums);
      sums.add(module);
    }
  }

  /** What was added, in an order that does not depend on that of the files. */
  finish(): MergedModule[] {
    return Array.from(this.#modules.values(), (sums) => sums.finish()).sort(byName);
  }
}

class ModuleSums {
  readonly #sha256: string;
  readonly #bytes: number;
  readonly #names = new Set<string>();
  readonly #locations = new Set<string>();
  readonly #scripts = new Set<string>();
  readonly #parts = new Map<string, { -readonly [Key in keyof CounterPart]: CounterPart[Key] }>();

  constructor({ sha256, bytes }: StoredModule) {
    this.#sha256 = sha256;
    this.#bytes = bytes;
  }

  add({ name, locations, scripts, kind, pcTable, counters, counts }: StoredModule): void {
    const key = `${kind} ${pcTable}`;
    const part = this.#parts.get(key) ?? { pcTable, kind, sums: undefined, files: 0 };
    if (counters > 0) {
      part.sums ??= new CounterSums(counters);
      part.sums.addEncoded(counts);
    }
    part.files++;
    this.#parts.set(key, part);
    this.#names.add(name);
    for (const each of locations) this.#locations.add(each);
    for (const each of scripts) this.#scripts.add(each);
  }

  finish(): MergedModule {
    const parts = [...this.#parts.values()].sort((a, b) => b.files - a.files || compare(a.pcTable, b.pcTable));
    return {
      sha256: this.#sha256,
      name: bestName(this.#names),
      locations: [...this.#locations].sort(),
      scripts: [...this.#scripts].sort(),
      bytes: this.#bytes,
      parts,
    };
  }
}

/**
 * What a merged module counted, by site. Parts may come from other links or ways to prune, and even from another version
 * of the pass, as long as their sites are the same ones. Parts with other sites than most files have are left out.
 *
 * @param pcTables by their SHA-256
 * @throws {RangeError} counters are not those of their table
 */
export function profileOfModule(
  module: MergedModule,
  pcTables: ReadonlyMap<string, PcTable>,
  original: () => Promise<Uint8Array>,
  onProblem: OnProblem,
): ModuleProfile | undefined {
  const { sha256, name, locations, scripts, bytes } = module;
  let merged: ModuleProfile | undefined;
  for (const { pcTable: hash, kind, sums, files } of module.parts) {
    const pcTable = pcTables.get(hash);
    if (pcTable === undefined) continue;
    const counts = sums ? deriveCounts(pcTable, countersOf(sums, kind)) : new BigUint64Array(pcTable.sites.length);
    const part = { sha256, name, locations, scripts, bytes, kind, pcTable, counts, original };
    if (merged === undefined) merged = normalized(part);
    else if (hasSameSites(merged.pcTable, pcTable)) merged = sumOf(merged, part);
    else onProblem(`${files} ${files === 1 ? "profile" : "profiles"} of ${name} ${OTHER_SITES}`);
  }
  return merged;
}

/** Flags of several processes are no numbers from which others follow. */
function countersOf({ words }: CounterSums, kind: CountKind): BigUint64Array | Uint8Array {
  return kind === "counts" ? words : Uint8Array.from(words, (word) => (word > 0n ? 1 : 0));
}

const OTHER_SITES =
  "left out: made by another version of wasm-kcov, with other sites; make all of them with one version";

/**
 * Merges profiles, whichever processes or machines they come from.
 *
 * @param onProblem told which module of a profile was left out, and why
 */
export function mergeProfiles(profiles: readonly Profile[], onProblem: OnProblem = () => {}): Profile {
  const modules = new Map<string, ModuleProfile>();
  for (const module of profiles.flatMap((profile) => profile.modules)) {
    const merged = modules.get(module.sha256);
    if (merged === undefined) modules.set(module.sha256, normalized(module));
    else if (hasSameSites(merged.pcTable, module.pcTable)) modules.set(module.sha256, sumOf(merged, module));
    else onProblem(`a profile of ${module.name} ${OTHER_SITES}`);
  }
  return { modules: [...modules.values()].sort(byName) };
}

function sumOf(a: ModuleProfile, b: ModuleProfile): ModuleProfile {
  // Hits are no numbers of executions, so that a sum with them says no more than they do.
  const kind = a.kind === "counts" && b.kind === "counts" ? "counts" : "hits";
  return normalized({
    ...a,
    kind,
    name: bestName([a.name, b.name]),
    locations: [...new Set([...a.locations, ...b.locations])].sort(),
    scripts: [...new Set([...a.scripts, ...b.scripts])].sort(),
    counts: a.counts.map((count, index) => count + (b.counts[index] as bigint)),
  });
}

/** A hit is 1, however many profiles have it. */
function normalized(module: ModuleProfile): ModuleProfile {
  if (module.kind === "counts") return module;
  return { ...module, counts: module.counts.map((count) => (count > 0n ? 1n : 0n)) };
}

/** Whether counts of the one table's sites are counts of the other's. */
function hasSameSites(a: PcTable, b: PcTable): boolean {
  if (a === b) return true;
  if (a.sites.length !== b.sites.length) return false;
  return a.sites.every((site, index) => {
    const other = b.sites[index];
    return other !== undefined && site.pc === other.pc && site.kind === other.kind && site.function === other.function;
  });
}

/** A file's name says more than that of a script, and of several the choice must not depend on their order. */
function bestName(names: Iterable<string>): string {
  const sorted = [...names].sort();
  return sorted.find((name) => name.endsWith(".wasm")) ?? sorted[0] ?? "";
}

function byName(a: { name: string; sha256: string }, b: { name: string; sha256: string }): number {
  return compare(a.name, b.name) || compare(a.sha256, b.sha256);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
