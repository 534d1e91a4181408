/** Rust's allocator in modules without names. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { instrument } from "../../src/instrument/index.ts";
import { Kcov } from "../../src/runtime/kcov.ts";
import { compileRust, hasRust, NEEDS_RUST } from "../support/rust.ts";

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-rust-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Blocks that grow, zeroed ones, and such with a large alignment; and a read that is right where `beyond` is 0. */
const SOURCE = `
#[repr(align(64))] struct Line([u8; 64]);
#[no_mangle] pub extern "C" fn run(count: usize, beyond: usize) -> u32 {
    let mut list: Vec<u8> = Vec::new();
    for i in 0..count { list.push(i as u8); }
    list.shrink_to_fit();
    let zeros = vec![0u8; count];
    let lines: Vec<Line> = (0..count).map(|i| Line([i as u8; 64])).collect();
    let last = unsafe { std::ptr::read_volatile(list.as_ptr().add(count - 1 + beyond)) };
    let sum: u32 = zeros.iter().map(|&x| x as u32).sum();
    sum + last as u32 + lines.iter().map(|line| line.0[63] as u32).sum::<u32>()
}
`;

/** As programs for browsers are made: all of it is optimized together. */
const BUILDS: readonly string[][] = [
  ["-Copt-level=2", "-Clto=fat", "-Ccodegen-units=1", "-Cpanic=abort", "-Cstrip=symbols"],
  ["-Copt-level=s", "-Clto=fat", "-Ccodegen-units=1", "-Cpanic=abort", "-Cstrip=symbols"],
];

test.skipIf(!hasRust).each(BUILDS)(`Rust's allocator is found by its code, %s (${NEEDS_RUST})`, (...flags) => {
  const [source, output] = [join(directory, "vectors.rs"), join(directory, "vectors.wasm")];
  writeFileSync(source, SOURCE);
  compileRust(directory, source, output, flags);
  const original = readFileSync(output);
  const { binary, sanitizer } = instrument(original, { link: "import", trace: [], sanitize: "memory" });
  expect(sanitizer[0]).toMatchObject({ part: "heap", active: true });
  expect(sanitizer[0]?.why).toMatch(
    /^func\[\d+\], func\[\d+\], by their code: Rust's dlmalloc, func\[\d+\] which is realloc/,
  );
  using kcov = Kcov.createSync();
  const imports = kcov.imports as unknown as WebAssembly.Imports;
  const instances = [new WebAssembly.Module(original), new WebAssembly.Module(binary)].map(
    (module) => new WebAssembly.Instance(module, imports).exports.run as (count: number, beyond: number) => number,
  );
  for (const count of [1, 7, 300]) {
    const [expected, actual] = instances.map((run) => run(count, 0));
    expect(actual).toBe(expected);
  }
  expect(() => instances[1]?.(300, 1)).toThrow(/heap-buffer-overflow/);
});

test("a module of wasm-bindgen whose allocator is Rust's", () => {
  const path = new URL("../../node_modules/brotli-wasm/pkg.node/brotli_wasm_bg.wasm", import.meta.url);
  const [heap] = instrument(readFileSync(path), { trace: [], sanitize: "memory" }).sanitizer;
  expect(heap).toEqual({
    part: "heap",
    active: true,
    why: "func[20], func[82], by their code: Rust's dlmalloc, func[115] which is rust_realloc by its code",
  });
});
