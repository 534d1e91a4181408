/** PCs against disassemblers that share no code with the pass: wabt's wasm-objdump, and the npm package wasmparser. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BinaryReader } from "wasmparser";
import { instrument, type PcTable, type SiteKind, TRACES } from "../../../src/instrument/index.ts";
import { ByteReader } from "../../../src/instrument/wasm/byte_reader.ts";
import { readBodies, readSections } from "../../../src/instrument/wasm/sections.ts";
import { wat } from "../../support/wat.ts";

const MODULES = [
  "sql.js/dist/sql-wasm.wasm",
  "brotli-wasm/pkg.node/brotli_wasm_bg.wasm",
  "web-tree-sitter/debug/web-tree-sitter.wasm",
  "source-map/lib/mappings.wasm",
  "@one-ini/wasm/one_ini_bg.wasm",
  "xxhash-wasm/workerd/xxhash.wasm",
];

function read(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../../node_modules/${path}`, import.meta.url)));
}

/** What a site's pc must lie on, as wasm-objdump writes it. */
const INSTRUCTION: ReadonlyMap<SiteKind, RegExp> = new Map<SiteKind, RegExp>([
  ["entry", /^func\[/],
  ["then", /^if\b/],
  ["else", /^if\b/],
  ["loop", /^loop\b/],
  ["taken", /^br_(if|on)/],
  ["not-taken", /^br_(if|on)/],
  ["join", /^end$/],
  ["endif", /^end$/],
  ["case", /^br_table\b/],
  ["catch", /^(catch|catch_all|try_table)\b/],
  ["cmp", /^i(32|64)\.(eqz|eq|ne|lt_|gt_|le_|ge_)/],
  ["switch", /^br_table\b/],
  ["div", /^i(32|64)\.div_/],
  ["indirect-call", /^(return_)?call_(indirect|ref)\b/],
  ["load", /\bload/],
  ["store", /\bstore/],
  ["stack-depth", /^global\.set\b/],
  ["select-true", /^select\b/],
  ["select-false", /./],
]);

function hasObjdump(): boolean {
  try {
    execFileSync("wasm-objdump", ["--version"]);
    return true;
  } catch {
    process.stderr.write("wasm-objdump (wabt) is not installed: PCs are not compared with its disassembly\n");
    return false;
  }
}

interface Line {
  start: number;
  function: number;
  text: string;
}

/** Instructions with their offsets. Long ones go on in lines without a text. */
function disassemble(path: string): Line[] {
  const file = new URL(`../../../node_modules/${path}`, import.meta.url).pathname;
  const output = execFileSync("wasm-objdump", ["-d", file], { encoding: "utf8", maxBuffer: 1 << 30 });
  const lines: Line[] = [];
  let func = -1;
  for (const line of output.split("\n")) {
    const header = /^([0-9a-f]+) func\[(\d+)\]/.exec(line);
    const body = /^ ([0-9a-f]+): [0-9a-f ]+\| *(.*)$/.exec(line);
    if (header) {
      func = Number(header[2]);
      lines.push({ start: Number.parseInt(header[1] ?? "", 16), function: func, text: `func[${func}]` });
    } else if (body?.[2]) lines.push({ start: Number.parseInt(body[1] ?? "", 16), function: func, text: body[2] });
  }
  return lines;
}

/** The last line that begins at or before an offset. */
function lineAt(lines: readonly Line[], offset: number): Line | undefined {
  let low = 0;
  let high = lines.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return lines[low];
}

describe.runIf(hasObjdump())("pcs lie on the instructions that their kinds claim", () => {
  it.each(MODULES)("%s", (path) => {
    const { pcTable } = instrument(read(path), { trace: TRACES, link: "import", prune: false, selects: true });
    const lines = disassemble(path);
    expect(lines.length).toBeGreaterThan(100);
    const wrong = pcTable.sites.filter(({ pc, kind, function: func }) => {
      const line = lineAt(lines, Number(pc));
      return line?.function !== func || !INSTRUCTION.get(kind)?.test(line.text);
    });
    expect(wrong).toEqual([]);
    expect(pcTable.functions.every(({ exact }) => exact)).toBe(true);
    expect(new Set(pcTable.sites.map(({ pc }) => pc)).size, "each is another").toBe(pcTable.sites.length);
  });
});

describe("operators", () => {
  it.each(MODULES)("have the same lengths as in wasmparser: %s", (path) => {
    const bytes = read(path);
    const expected = parserOffsets(bytes);
    const actual = readBodies(bytes, readSections(bytes)).flatMap(({ start, end }) =>
      operatorOffsets(bytes, start, end),
    );
    expect(actual.length).toBe(expected.length);
    expect(actual.findIndex((offset, k) => offset !== expected[k])).toBe(-1);
  });

  it("with memory arguments of several memories and of 64 bits", () => {
    const bytes = wat(`(module (memory $a i64 1) (memory $b i64 1) (func
      (i64.store $b offset=0x1234567890 (i64.const 1) (i64.load $a offset=9 (i64.const 2)))))`);
    const [body] = readBodies(bytes, readSections(bytes));
    if (!body) throw new Error("no body");
    const offsets = operatorOffsets(bytes, body.start, body.end);
    expect(offsets.map((offset) => bytes[offset])).toEqual([0x42, 0x42, 0x29, 0x37, 0x0b]);
  });
});

/** Offsets of all operators but a function's last, by wasmparser. */
function parserOffsets(bytes: Uint8Array): number[] {
  const reader = new BinaryReader();
  reader.setData(bytes.buffer as ArrayBuffer, 0, bytes.length);
  const offsets: number[] = [];
  for (let before = 0; reader.read(); before = reader.position) {
    if ((reader.state as number) === CODE_OPERATOR) offsets.push(before);
  }
  return offsets;
}

/** BinaryReaderState.CODE_OPERATOR: the enumeration is declared const, which a module compiled on its own cannot use. */
const CODE_OPERATOR = 30;

function operatorOffsets(bytes: Uint8Array, start: number, end: number): number[] {
  const reader = new ByteReader(bytes, start);
  reader.skipLocals();
  const offsets: number[] = [];
  while (reader.position < end) {
    offsets.push(reader.position);
    reader.skipOperator();
  }
  return offsets;
}

describe("pcs", () => {
  const binary = read("source-map/lib/mappings.wasm");
  const full = instrument(binary, { trace: TRACES, link: "import", prune: false }).pcTable;
  const keys = (table: PcTable) => new Set(table.sites.map(({ pc, kind }) => `${pc} ${kind}`));

  it("are unique and not zero", () => {
    const pcs = full.sites.map(({ pc }) => pc);
    expect(new Set(pcs).size).toBe(pcs.length);
    expect(pcs).not.toContain(0n);
  });

  it.each([
    { link: "fused" },
    { trace: ["cmp"] },
    { trace: ["pc", "loads"] },
    { level: "bb" },
    { level: "func" },
    { prune: true },
  ] as const)("are the same whatever else is asked for: %o", (options) => {
    const { pcTable } = instrument(binary, options as object);
    const all = keys(full);
    expect(pcTable.sites.length).toBeGreaterThan(0);
    const level = (options as { level?: string }).level ?? "edge";
    for (const key of keys(pcTable)) if (level !== "bb" || !key.endsWith("endif")) expect(all).toContain(key);
  });

  it("and all else about sites are the same whatever functions come before theirs", () => {
    const rows = (table: PcTable, index: number) =>
      table.sites
        .filter((site) => site.function === index)
        .map(({ pc, kind, block, impliedBy }) => ({ pc, kind, block, by: impliedBy?.map((k) => table.sites[k]?.pc) }));
    const options = { trace: TRACES, link: "import" } as const;
    const all = instrument(binary, options).pcTable;
    const some = all.functions.filter((_, k) => k % 5 === 0);
    expect(some.length).toBeGreaterThan(10);
    for (const { index } of some) {
      const alone = instrument(binary, { ...options, functions: { include: [String(index)] } }).pcTable;
      expect(rows(all, index)).toEqual(rows(alone, index));
    }
  });

  it("are based on pcBase", () => {
    const { pcTable } = instrument(binary, { pcBase: 1n << 40n });
    expect(pcTable.sites[0]?.pc).toBe((1n << 40n) + BigInt(pcTable.functions[0]?.body[0] ?? 0));
    expect(() => instrument(binary, { pcBase: (1n << 64n) - 1n })).toThrow(RangeError);
  });
});
