/** There is one source of the hooks: what is changed in assembly/ is changed in fused modules. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { afterAll, describe, expect, it, vi } from "vitest";
import { compilePieces } from "../../../scripts/pieces/compile.ts";
import { hasMultiMemory, type InstrumentOptions } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-hooks-"));
afterAll(() => rmSync(directory, { recursive: true }));

const MODULE = wat('(module (func (export "run") (param i32) (if (local.get 0) (then (nop)))))');

/** Compiles the hooks with a replacement in one file, wherever it has the text. */
async function compileHooks(file: string, from: string, to: string): Promise<Uint8Array<ArrayBuffer>> {
  for (const each of ["assembly", "src/abi", "asconfig.json"]) {
    cpSync(join(root, each), join(directory, each), { recursive: true });
  }
  const path = join(directory, "assembly", file);
  const source = readFileSync(path, "utf8");
  expect(source).toContain(from);
  writeFileSync(path, source.replaceAll(from, to));
  const { error, stderr } = await asc.main(["--baseDir", directory, "--target", "release"]);
  if (error) throw new Error(stderr.toString());
  return new Uint8Array(readFileSync(join(directory, "build/hooks.wasm")));
}

/** The PCs of one run of MODULE, fused with these hooks. */
async function pcsWith(hooks: Uint8Array<ArrayBuffer> | undefined, options: InstrumentOptions): Promise<bigint[]> {
  vi.resetModules();
  if (hooks) {
    const pieces = Buffer.from(compilePieces(hooks)).toString("base64");
    vi.doMock("../../../src/hooks/pieces_binary.ts", () => ({ PIECES_BASE64: pieces }));
  }
  const { instrument } = await import("../../../src/instrument/index.ts");
  vi.doUnmock("../../../src/hooks/pieces_binary.ts");
  const bench = createBench();
  const { binary } = instrument(MODULE, { link: "fused", ...options });
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(binary), bench.imports).exports;
  return bench.tracePcs(() => (run as (n: number) => void)(1));
}

describe.runIf(hasMultiMemory())("a change of the hooks' source", () => {
  it.each([
    ["cursor.ts", "(count << 3) + base, pc - slide);", "(count << 3) + base, pc - slide + 1000);", "speed"],
    ["trace_pc.ts", "((<usize>pos) << 3), pc - slide);", "((<usize>pos) << 3), pc - slide + 1000);", "size"],
  ] as const)("in %s is one of fused modules", async (file, from, to, optimize) => {
    const before = await pcsWith(undefined, { optimize });
    const after = await pcsWith(await compileHooks(file, from, to), { optimize });
    expect(before.length).toBeGreaterThan(0);
    expect(after.map((pc, k) => pc - (before[k] ?? 0n))).toContain(1000n);
  });
});
