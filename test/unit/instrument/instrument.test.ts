/** The interface: options, what is refused, what is left out, what is kept, the pc table. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hasMultiMemory,
  InstrumentError,
  instrument,
  PC_TABLE_SECTION,
  readPcTable,
  TRACES,
  type TraceKind,
} from "../../../src/instrument/index.ts";
import { SITE_KINDS } from "../../../src/instrument/pc_table.ts";
import { decodePcTable, PcTableWriter } from "../../../src/instrument/pc_table_format.ts";
import { readBodies, readSections } from "../../../src/instrument/wasm/sections.ts";
import { createBench } from "../../support/instrumented.ts";
import { toWat, wat } from "../../support/wat.ts";

const TWO_ARMS = wat(
  `(module (func $first (export "f") (param i32) (result i32)
  (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))) (func $second (export "g")))`,
  true,
);

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("input", () => {
  it.each([
    ["nothing", new Uint8Array(), "ERR_MALFORMED"],
    ["text", new TextEncoder().encode("(module)"), "ERR_MALFORMED"],
    ["a component", Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), "ERR_MALFORMED"],
    // (type (func (param (ref null nocont)))), of a proposal that no engine ships, behind a flag of V8
    ["a type of tomorrow", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x75, 0), "ERR_MALFORMED"],
    ["a section beyond the end", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 99), "ERR_MALFORMED"],
    ["a body cut short", TWO_ARMS.slice(0, -30), "ERR_MALFORMED"],
    ["an instrumented module", instrument(TWO_ARMS, { link: "import" }).binary, "ERR_ALREADY_INSTRUMENTED"],
  ])("refuses %s", (_what, bytes, code) => {
    const error = errorOf(() => instrument(bytes));
    expect(error).toBeInstanceOf(InstrumentError);
    expect(error).toMatchObject({ code });
  });

  it("names the place of an error", () => {
    const broken = TWO_ARMS.slice();
    const at = Number(instrument(TWO_ARMS).pcTable.sites.find(({ kind }) => kind === "then")?.pc);
    broken[at + 1] = 0x7b;
    const error = errorOf(() => instrument(broken)) as InstrumentError;
    expect(error.code).toBe("ERR_MALFORMED");
    expect(error.offset).toBeGreaterThanOrEqual(at);
    expect(error.message).toMatch(/type/);
  });

  it("takes views and buffers, and leaves them alone", () => {
    const copy = TWO_ARMS.slice();
    const padded = new Uint8Array([9, 9, ...TWO_ARMS]);
    const { binary } = instrument(TWO_ARMS);
    expect(instrument(TWO_ARMS.buffer).binary).toEqual(binary);
    expect(instrument(padded.subarray(2)).binary).toEqual(binary);
    expect(instrument(new DataView(padded.buffer, 2)).binary).toEqual(binary);
    expect(TWO_ARMS).toEqual(copy);
  });

  it.each([
    [{ trace: ["nothing"] }, TypeError],
    [{ level: "line" }, TypeError],
    [{ link: "static" }, TypeError],
    [{ pcBase: -1n }, RangeError],
  ])("refuses the options %o", (options, type) => {
    expect(errorOf(() => instrument(TWO_ARMS, options as never))).toBeInstanceOf(type);
  });

  it("takes the empty module", () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(instrument(empty).pcTable.sites).toEqual([]);
  });
});

describe("output", () => {
  it.each(["import", "fused"] as const)("is the same for the same input and options (%s)", (link) => {
    expect(instrument(TWO_ARMS, { link }).binary).toEqual(instrument(TWO_ARMS, { link }).binary);
  });

  it("keeps names and custom sections, but not what speaks of offsets", () => {
    const sections = [".debug_info", "sourceMappingURL", "metadata.code.branch_hint", "mine"].map(
      (name) => [0, name.length + 3, name.length, ...new TextEncoder().encode(name), 1, 2] as number[],
    );
    const { binary } = instrument(new Uint8Array([...TWO_ARMS, ...sections.flat()]), { link: "import" });
    const module = new WebAssembly.Module(binary);
    const count = (name: string) => WebAssembly.Module.customSections(module, name).length;
    expect([count("mine"), count("name"), count(PC_TABLE_SECTION)]).toEqual([1, 1, 1]);
    expect([".debug_info", "sourceMappingURL", "metadata.code.branch_hint"].map(count)).toEqual([0, 0, 0]);
    expect(toWat(binary)).toContain("$second");
  });

  it("has the exports and imports of the original besides kcov's", () => {
    const original = wat(`(module (import "a" "f" (func)) (import "a" "m" (memory 1)) (import "a" "g" (global i32))
      (table (export "t") 1 funcref) (export "f" (func 0)) (export "m" (memory 0)) (func (export "own") (call 0)))`);
    const before = new WebAssembly.Module(original);
    const after = new WebAssembly.Module(instrument(original, { link: "import" }).binary);
    const own = WebAssembly.Module.imports(after).filter(({ module }) => module !== "kcov");
    expect(own).toEqual(WebAssembly.Module.imports(before));
    expect(WebAssembly.Module.exports(after)).toEqual(WebAssembly.Module.exports(before));
  });

  it.each(["import", "fused"] as const)(
    "has names of its own beside those of a module instrumented before (%s)",
    (link) => {
      const everything = { link, trace: TRACES, state: "globals" } as const;
      const text = `(module (memory 1) (global $kcov.pending (mut i32) (i32.const 3)) (func $__sanitizer_cov_trace_pc)
      (func $kcov.start (export "f") (result i32) (call $__sanitizer_cov_trace_pc) (i32.load (i32.const 0))))`;
      const once = instrument(wat(text, true), { link, trace: TRACES }).binary;
      const sections = readSections(once).filter(({ name }) => name !== PC_TABLE_SECTION);
      const stripped = new Uint8Array([
        ...once.slice(0, 8),
        ...sections.flatMap(({ header, end }) => [...once.slice(header, end)]),
      ]);
      const twice = instrument(stripped, everything).binary;
      expect(toWat(twice)).toMatch(/\$kcov1\.pending/);
      if (link === "import" || hasMultiMemory()) expect(WebAssembly.validate(twice)).toBe(true);
    },
  );

  it("refuses exports that the state option would have to give again", () => {
    const original = wat(`(module (memory (export "kcov.memory") 1))`);
    expect(errorOf(() => instrument(original, { state: "memory" }))).toMatchObject({ code: "ERR_UNSUPPORTED" });
    expect(errorOf(() => instrument(original))).toBeUndefined();
  });

  it("leaves out a function that engines would refuse, and says so", () => {
    const arms = "(if (local.get 0) (then (nop)))".repeat(110_000);
    const large = wat(`(module (func $small (param i32)) (func $large (param i32) ${arms}))`);
    const { binary, leftOut, pcTable } = instrument(large, { link: "fused" });
    expect(leftOut.map(({ index }) => index)).toEqual([1]);
    expect(leftOut[0]?.reason).toMatch(/bytes, engines take 7654321/);
    expect(pcTable.functions.map(({ index }) => index)).toEqual([0]);
    if (hasMultiMemory()) expect(WebAssembly.validate(binary)).toBe(true);
  });
});

describe("filters", () => {
  const names = (functions: object) => instrument(TWO_ARMS, { functions }).pcTable.functions.map(({ index }) => index);

  it.each([
    [{}, [0, 1]],
    [{ include: ["first"] }, [0]],
    [{ include: ["*s*"] }, [0, 1]],
    [{ include: ["fir?t"] }, [0]],
    [{ include: ["first.*"] }, []],
    [{ include: ["1"] }, [1]],
    [{ include: ["0-1"], exclude: ["second"] }, [0]],
    [{ exclude: ["g"] }, [0]],
    [{ allowlist: "# comment\nsrc:*\nfun:fir*\n" }, [0]],
    [{ allowlist: "src:*\n" }, []],
    [{ ignorelist: "fun:first\r\nfun:nothing" }, [1]],
    [{ include: ["first"], ignorelist: "fun:*" }, []],
  ])("%o", (functions, expected) => {
    expect(names(functions)).toEqual(expected);
  });

  it("matches functions without a name with * alone", () => {
    const module = wat('(module (func) (func (export "run")))');
    const chosen = (functions: object) => instrument(module, { functions }).pcTable.functions.map(({ index }) => index);
    expect(chosen({ exclude: ["*"] })).toEqual([]);
    expect(chosen({ include: ["*"] })).toEqual([0, 1]);
    expect(chosen({ include: ["r*", "?*"] })).toEqual([1]);
    expect(chosen({ ignorelist: "fun:*" })).toEqual([]);
  });

  it("leaves the comparisons of some functions in", () => {
    const module = wat(
      `(module
      (func $first (param i32) (result i32) (i32.lt_s (local.get 0) (i32.const 7)))
      (func $second (param i32) (if (i32.eqz (local.get 0)) (then (drop (call $first (local.get 0)))))))`,
      true,
    );
    const sites = (trace: TraceKind[], functions: object): string[] =>
      instrument(module, { trace, functions }).pcTable.sites.map(({ function: index, kind }) => `${index} ${kind}`);
    const every = sites(["pc", "cmp"], {});
    const some = sites(["pc", "cmp"], { include: ["second"], comparisons: ["first"] });
    expect(every).toContain("0 entry");
    expect(every).toContain("0 cmp");
    expect(some).toEqual(every.filter((site) => site.startsWith("1 ") || site === "0 cmp"));
    expect(sites(["pc"], { include: ["second"], comparisons: ["first"] }), "none are traced").not.toContain("0 cmp");
  });
});

describe("pc table", () => {
  it.each(["func", "bb", "edge"] as const)("has each pc once, at level %s, where an if is branched to", (level) => {
    // (func (param i32) (local.get 0) if (i32.load8_u (i32.const 0)) (br_if 0) else nop end)
    const body = [0x00, 0x20, 0x00, 0x04, 0x40, 0x41, 0x00, 0x2d, 0x00, 0x00, 0x0d, 0x00, 0x05, 0x01, 0x0b, 0x0b];
    const module = Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00],
      ...[0x03, 0x02, 0x01, 0x00, 0x05, 0x03, 0x01, 0x00, 0x01, 0x0a, body.length + 2, 0x01, body.length, ...body],
    ]);
    for (const prune of [false, true]) {
      const pcs = instrument(module, { link: "import", level, prune, trace: TRACES }).pcTable.sites.map(({ pc }) => pc);
      expect(new Set(pcs).size).toBe(pcs.length);
    }
  });

  it("is read from the bytes and from the module", () => {
    const { binary, pcTable } = instrument(TWO_ARMS, { link: "import", trace: ["pc", "cmp"], pcBase: 0x1_0000_0000n });
    expect(readPcTable(binary)).toEqual(pcTable);
    expect(readPcTable(new WebAssembly.Module(binary))).toEqual(pcTable);
    expect(pcTable).toMatchObject({ link: "import", level: "edge", prune: true, trace: ["pc", "cmp"] });
    expect(pcTable.original).toMatchObject({ bytes: TWO_ARMS.length, importedFunctions: 0 });
    expect(pcTable.addedFunctions).toBe(9);
  });

  it("refuses modules without one, and damaged ones", () => {
    expect(errorOf(() => readPcTable(TWO_ARMS))).toMatchObject({ code: "ERR_NOT_INSTRUMENTED" });
    expect(errorOf(() => readPcTable(new WebAssembly.Module(TWO_ARMS)))).toMatchObject({
      code: "ERR_NOT_INSTRUMENTED",
    });
    const [contents] = WebAssembly.Module.customSections(
      new WebAssembly.Module(instrument(TWO_ARMS, { link: "import" }).binary),
      PC_TABLE_SECTION,
    );
    const table = new Uint8Array(contents as ArrayBuffer);
    for (let length = 0; length < table.length; length++) {
      expect(errorOf(() => decodePcTable(table.subarray(0, length)))).toMatchObject({ code: "ERR_PC_TABLE" });
    }
    expect(errorOf(() => decodePcTable(Uint8Array.of(1, ...table.subarray(1))))).toMatchObject({
      code: "ERR_PC_TABLE",
    });
    expect(errorOf(() => decodePcTable(Uint8Array.of(...table, 0)))).toMatchObject({ code: "ERR_PC_TABLE" });
  });

  it("carries numbers of any size", () => {
    const writer = new PcTableWriter(false);
    const site = { offset: 2 ** 31 + 5, blockStart: 7, blockEnd: 2 ** 32, position: 0 };
    const sites = [{ ...site, kind: "cmp", impliedBy: undefined, follows: undefined }] as const;
    writer.add({ index: 3, body: [2 ** 31, 2 ** 32], exact: false, sites });
    const original = { bytes: 2 ** 33, sha256: "ab".repeat(32), importedFunctions: 1 };
    const header = {
      link: "fused",
      level: "bb",
      prune: false,
      trace: ["switch"],
      counters: undefined,
      pcBase: 2n ** 63n,
      original,
    } as const;
    const table = decodePcTable(writer.finish({ ...header, addedFunctions: 200, removedFunctions: [2, 3, 7] }));
    expect(table).toEqual({
      ...{ ...header, addedFunctions: 200, removedFunctions: [2, 3, 7] },
      functions: [{ index: 3, body: [2 ** 31, 2 ** 32], exact: false }],
      sites: [
        {
          pc: 2n ** 63n + 2n ** 31n + 5n,
          kind: "cmp",
          function: 3,
          block: [7, 2 ** 32],
          impliedBy: undefined,
          follows: undefined,
        },
      ],
    });
  });

  it("carries blocks and implications of any form", () => {
    const small = fc.integer({ min: 0, max: 4 });
    const form = fc.record({
      kind: fc.constantFrom(...SITE_KINDS),
      start: small,
      length: small,
      implied: fc.array(small),
    });
    const forms = fc.array(form, { minLength: 1, maxLength: 8 });
    const header = instrument(TWO_ARMS, { link: "import" }).pcTable;
    fc.assert(
      fc.property(forms, (sites) => {
        const entries = sites.map(({ kind, start, length }, position) => {
          const offset = 100 + 3 * position;
          return { kind, offset, blockStart: offset + start - 1, blockEnd: offset + start - 1 + length, position };
        });
        const writer = new PcTableWriter(false);
        const withImplied = entries.map((entry, k) => {
          const implied = [...new Set(sites[k]?.implied)].map((step) => ({ position: k + step - 1 }));
          return { ...entry, impliedBy: implied.length > 0 ? implied : undefined, follows: undefined };
        });
        writer.add({ index: 3, body: [100, 200], exact: true, sites: withImplied });
        expect(decodePcTable(writer.finish(header)).sites).toEqual(
          withImplied.map(({ kind, offset, blockStart, blockEnd, impliedBy }) => ({
            ...{ pc: BigInt(offset), kind, function: 3, block: [blockStart, blockEnd], follows: undefined },
            impliedBy: impliedBy?.map(({ position }) => position).sort((a, b) => a - b),
          })),
        );
      }),
    );
  });
});

describe("types of references", () => {
  /** Types after every ref.null in the first function's body; these bodies have no other byte 0xd0. */
  const nullTypes = (bytes: Uint8Array): (number | undefined)[] => {
    const { start, end } = readBodies(bytes, readSections(bytes))[0] ?? { start: 0, end: 0 };
    return [...bytes.subarray(start, end)].flatMap((byte, k, body) => (byte === 0xd0 ? [body[k + 1]] : []));
  };

  /** A module as compilers without garbage collection write it: Binaryen's assembler says nofunc and noextern. */
  const oldNulls = (text: string): Uint8Array<ArrayBuffer> => {
    const bytes = wat(text);
    const { start, end } = readBodies(bytes, readSections(bytes))[0] ?? { start: 0, end: 0 };
    for (let at = start; at < end - 1; at++) {
      if (bytes[at] !== 0xd0) continue;
      if (bytes[at + 1] === 0x73) bytes[at + 1] = 0x70;
      if (bytes[at + 1] === 0x72) bytes[at + 1] = 0x6f;
    }
    return bytes;
  };

  it("are those of the original where it has no others", () => {
    const original = oldNulls(`(module (func (result funcref externref) (ref.null func) (ref.null extern)))`);
    expect(nullTypes(original)).toEqual([0x70, 0x6f]);
    expect(nullTypes(instrument(original, { link: "import" }).binary)).toEqual([0x70, 0x6f]);
  });

  it.runIf(hasMultiMemory())("stay as exact as they are where other modules may meet them", () => {
    const original = oldNulls(
      `(module (global (export "g") (ref func) (ref.func $f)) (func $f (drop (ref.null func))))`,
    );
    expect(nullTypes(original)).toEqual([0x70]);
    const { binary } = instrument(original, { link: "import" });
    const user = wat(`(module (import "m" "g" (global (ref func))))`);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), createBench().imports);
    expect(() => new WebAssembly.Instance(new WebAssembly.Module(user), { m: exports })).not.toThrow();
  });
});
