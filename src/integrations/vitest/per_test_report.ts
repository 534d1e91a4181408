/** `per-test.json`: which test reached which functions and lines. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { nodeSourceAccess } from "../../coverage/node/source_access.ts";
import { CounterSums } from "../../coverage/profile/counts.ts";
import type { ModuleProfile, Profile } from "../../coverage/profile/profile.ts";
import { createLocator } from "../../coverage/sources/locator.ts";
import { deriveCounts } from "../../instrument/derive_counts.ts";
import { readModuleInfo } from "../../instrument/wasm/module_info.ts";
import type { WasmCoverageContext } from "./options.ts";
import { PER_TEST_EXTENSION, type PerTestRecord } from "./per_test_record.ts";

/** What one test reached. */
interface TestReach {
  readonly file: string;
  readonly name: string;
  readonly functions: readonly { readonly module: string; readonly name: string }[];
  /** Lines that were reached, by source file as named in the debug information. */
  readonly lines: Readonly<Record<string, readonly number[]>>;
}

const REPORT = "per-test.json";

/** @param profile profile of the whole run */
export async function writePerTest(directory: string, profile: Profile, context: WasmCoverageContext): Promise<void> {
  const { root, reportsDirectory } = context;
  const reaches = new Map<string, ModuleReach>();
  for (const module of profile.modules) reaches.set(module.sha256, await ModuleReach.of(module, root));
  const tests = readRecords(directory).map((record) => reachOf(record, reaches, root));
  tests.sort((a, b) => (a.file + a.name < b.file + b.name ? -1 : 1));
  mkdirSync(reportsDirectory, { recursive: true });
  writeFileSync(join(reportsDirectory, REPORT), `${JSON.stringify({ tests }, undefined, 1)}\n`);
}

function readRecords(directory: string): PerTestRecord[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(PER_TEST_EXTENSION))
    .flatMap((name) => readFileSync(join(directory, name), "utf8").trimEnd().split("\n"))
    .map((line) => JSON.parse(line) as PerTestRecord);
}

function reachOf(record: PerTestRecord, reaches: ReadonlyMap<string, ModuleReach>, root: string): TestReach {
  const functions: { module: string; name: string }[] = [];
  const lines = new Map<string, Set<number>>();
  for (const module of record.modules) {
    const sums = new CounterSums(module.counters);
    sums.addEncoded(Buffer.from(module.counts, "base64"));
    reaches.get(module.sha256)?.add(sums.words, functions, lines);
  }
  const sorted = [...lines].map(([file, each]) => [file, [...each].sort((a, b) => a - b)] as const);
  return { file: relative(root, record.file), name: record.name, functions, lines: Object.fromEntries(sorted) };
}

/** Translates a module's counters into functions and lines. */
class ModuleReach {
  readonly #module: ModuleProfile;
  readonly #names: (index: number) => string;
  /** Lines of each site's block. */
  readonly #lines: readonly ReadonlyMap<string, ReadonlySet<number>>[];

  static async of(module: ModuleProfile, root: string): Promise<ModuleReach> {
    return new ModuleReach(module, await module.original(), root);
  }

  private constructor(module: ModuleProfile, original: Uint8Array, root: string) {
    this.#module = module;
    const { functionNames } = readModuleInfo(original);
    const access = nodeSourceAccess(root);
    this.#names = (index) => access.demangle(functionNames.get(index) ?? `func[${index}]`);
    const { locations, name, pcTable } = module;
    const locator = createLocator(original, { ...access, locations, name });
    this.#lines = pcTable.sites.map(({ block: [start, end] }) => {
      const lines = new Map<string, Set<number>>();
      for (let offset = start; offset < end; offset++) {
        const position = locator.locate(offset);
        if (position === undefined) continue;
        const known = lines.get(position.file) ?? new Set();
        lines.set(position.file, known.add(position.line));
      }
      return lines;
    });
  }

  /** @param counters counters of one test */
  add(counters: BigUint64Array, functions: { module: string; name: string }[], lines: Map<string, Set<number>>): void {
    const { pcTable, kind, name } = this.#module;
    const flags = kind === "hits" ? Uint8Array.from(counters, (count) => (count > 0n ? 1 : 0)) : counters;
    for (const [site, count] of deriveCounts(pcTable, flags).entries()) {
      const { kind: siteKind, function: index } = pcTable.sites[site] ?? { kind: undefined, function: 0 };
      if (count === 0n) continue;
      if (siteKind === "entry") functions.push({ module: name, name: this.#names(index) });
      for (const [file, reached] of this.#lines[site] ?? []) {
        const known = lines.get(file) ?? new Set();
        for (const line of reached) known.add(line);
        lines.set(file, known);
      }
    }
  }
}
