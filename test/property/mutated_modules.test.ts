/**
 * Real modules with flipped bits, cut short, with sections in another order, twice or with damaged custom sections, or with
 * numbers that are longer than they need be: each is refused with an InstrumentError, or instruments to a valid module;
 * nothing else is thrown, and the next call works. What `sites` and `trace` read besides can be read as well.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hasMultiMemory, InstrumentError, instrument, readPcTable, TRACES } from "../../src/instrument/index.ts";
import { uleb } from "../../src/instrument/wasm/bytes.ts";
import { readModuleInfo } from "../../src/instrument/wasm/module_info.ts";
import { readSections } from "../../src/instrument/wasm/sections.ts";
import { custom } from "../support/custom_sections.ts";

const MODULES = [
  "source-map/lib/mappings.wasm",
  "xxhash-wasm/workerd/xxhash.wasm",
  "@one-ini/wasm/one_ini_bg.wasm",
  "web-tree-sitter/debug/web-tree-sitter.wasm",
].map((path) => new Uint8Array(readFileSync(new URL(`../../node_modules/${path}`, import.meta.url))));
// An engine that lacks proposals leaves the decision to Binaryen, which takes longer.
const RUNS = Number(process.env.WASM_KCOV_MUTATED_MODULES ?? (hasMultiMemory() ? 100 : 40));

const part = fc.double({ min: 0, max: 1, noNaN: true });
const NAMES = ["name", "target_features", "dylink.0", "producers", "linking", "reloc.CODE", "wasm-kcov", ".debug_info"];

/** A module takes some 0.1 s, and several times that on a busy machine. */
const TIMEOUT_MILLISECONDS = Math.max(240_000, 1000 * RUNS);

/** What is done to a module; a `part` says where, as a share of its length or of its sections. */
type Change =
  | { kind: "flip"; at: number; bit: number }
  | { kind: "cut"; at: number }
  | { kind: "move" | "double" | "pad"; at: number; to: number }
  | { kind: "add"; at: number; name: string; contents: Uint8Array };

const mutation: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("flip" as const), at: part, bit: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: part }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("move" as const, "double" as const), at: part, to: part }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pad" as const), at: part, to: part }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      at: part,
      name: fc.constantFrom(...NAMES),
      contents: fc.uint8Array({ maxLength: 12 }),
    }),
  },
);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });
const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);

it(
  "refuses or instruments mutated modules",
  () => {
    const counts = { refused: 0, instrumented: 0 };
    fc.assert(
      fc.property(fc.nat(MODULES.length - 1), mutations, fc.constantFrom(...LINKS), (which, mutations, link) => {
        let bytes = (MODULES[which] as Uint8Array).slice();
        for (const each of mutations) bytes = mutate(bytes, each);
        try {
          const { binary } = instrument(bytes, { trace: TRACES, link });
          expect(WebAssembly.validate(binary)).toBe(true);
          expect(readPcTable(binary).sites).toBeInstanceOf(Array);
          expect(readModuleInfo(bytes).functionNames).toBeInstanceOf(Map);
          counts.instrumented++;
        } catch (error) {
          expect(error).toBeInstanceOf(InstrumentError);
          expect((error as InstrumentError).code).not.toBe("ERR_INTERNAL");
          counts.refused++;
        }
      }),
      { numRuns: RUNS },
    );
    expect(counts.refused).toBeGreaterThan(0);
    expect(counts.instrumented).toBeGreaterThan(0);
  },
  TIMEOUT_MILLISECONDS,
);

function mutate(bytes: Uint8Array<ArrayBuffer>, change: Change): Uint8Array<ArrayBuffer> {
  const at = Math.min(bytes.length - 1, Math.floor(change.at * bytes.length));
  if (change.kind === "cut") return bytes.slice(0, at);
  if (change.kind === "flip") {
    if (at >= 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << change.bit);
    return bytes;
  }
  const parts = sectionsOf(bytes);
  if (parts.length < 2) return bytes;
  const from = 1 + Math.floor(change.at * (parts.length - 1.001));
  const taken = parts[from] as Uint8Array;
  if (change.kind === "add") parts.splice(from, 0, custom(change.name, change.contents));
  else if (change.kind === "pad") parts[from] = padded(taken);
  else {
    if (change.kind === "move") parts.splice(from, 1);
    parts.splice(1 + Math.floor(change.to * (parts.length - 1)), 0, taken);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The header and the sections; what is none is left whole. */
function sectionsOf(bytes: Uint8Array): Uint8Array[] {
  try {
    const sections = readSections(bytes);
    return [bytes.subarray(0, 8), ...sections.map(({ header, end }) => bytes.subarray(header, end))];
  } catch {
    return [bytes];
  }
}

/** A section whose length is written in five bytes. */
function padded(section: Uint8Array): Uint8Array {
  const [id = 0] = section;
  const shown = section.subarray(1).findIndex((byte) => byte < 0x80) + 1;
  const length = [...uleb(section.length - 1 - shown)];
  while (length.length < 5) {
    length.push((length.pop() as number) | 0x80, 0);
  }
  return Buffer.concat([Uint8Array.of(id, ...length), section.subarray(1 + shown)]);
}
