/**
 * Merges profiles. Counts add up, and the result does not depend on the order of what is merged. A module is identified
 * by the SHA-256 of its original.
 *
 * While files are read, only the sums of a module's counters are kept, so that a thousand files take no more memory
 * than one. Counts of sites are derived from the sums when everything is read: a sum of flows is a flow, too.
 */

import { deriveCounts } from "../../instrument/derive_counts.ts";
import type { PcTable } from "../../instrument/pc_table.ts";
import { CounterSums } from "./counts.ts";
import type { StoredModule, StoredProfile } from "./format.ts";
import type { CountKind, ModuleIdentity, ModuleProfile, Profile } from "./profile.ts";

/** Called with a line about each thing that was left out of a merge. */
export type OnProblem = (line: string) => void;

/** Sums of those counters of one module that mean the same. */
export interface CounterPart {
  /** SHA-256 of the pc table. */
  readonly pcTable: string;
  readonly kind: CountKind;
  /** The sums; undefined if no process created an instance: then everything is 0. */
  readonly sums: CounterSums | undefined;
  /** Number of files that were added. */
  readonly files: number;
}

/** A module while it is being merged. */
export interface MergedModule extends ModuleIdentity {
  readonly parts: readonly CounterPart[];
}

/** Merges files one after the other. */
export class StoredMerger {
  readonly #modules = new Map<string, ModuleSums>();

  /** @throws {CountsError} a module's counts are damaged or differ in number; the modules before it have been added */
  add({ modules }: Pick<StoredProfile, "modules"> & Partial<StoredProfile>): void {
    for (const module of modules) {
      const sums = this.#modules.get(module.sha256) ?? new ModuleSums(module);
      this.#modules.set(module.sha256, sums);
      sums.add(module);
    }
  }

  /** The merged modules, in an order that does not depend on that of the files. */
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
 * The counts of a merged module, by site. Parts may come from instrumentation with other options for links and pruning,
 * and even from another version of the pass, as long as their sites are the same. Parts whose sites differ from those
 * of most files are left out.
 *
 * @param pcTables pc tables by their SHA-256
 * @throws {RangeError} counters do not match their table
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

/** The counters from which counts are derived. Sums of flags become flags again: no counts follow from such sums. */
function countersOf({ words }: CounterSums, kind: CountKind): BigUint64Array | Uint8Array {
  return kind === "counts" ? words : Uint8Array.from(words, (word) => (word > 0n ? 1 : 0));
}

const OTHER_SITES =
  "left out: made by another version of wasm-kcov, with other sites; make all of them with one version";

/**
 * Merges profiles from any processes or machines.
 *
 * @param onProblem called with the modules of profiles that were left out, and why
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
  // Hits are not numbers of executions, so a sum with them says no more than they do.
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

/** Limits hits to 1, however many profiles have them. */
function normalized(module: ModuleProfile): ModuleProfile {
  if (module.kind === "counts") return module;
  return { ...module, counts: module.counts.map((count) => (count > 0n ? 1n : 0n)) };
}

/** Whether two tables have the same sites, so that their counts can be added. */
function hasSameSites(a: PcTable, b: PcTable): boolean {
  if (a === b) return true;
  if (a.sites.length !== b.sites.length) return false;
  return a.sites.every((site, index) => {
    const other = b.sites[index];
    return other !== undefined && site.pc === other.pc && site.kind === other.kind && site.function === other.function;
  });
}

/** Chooses a name, independently of their order: a file's name says more than a script's. */
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
