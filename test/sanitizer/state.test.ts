import { expect, test } from "vitest";
import { STATE_EXPORTS } from "../../src/abi/hooks.ts";
import { hasMultiMemory, instrument } from "../../src/instrument/index.ts";
import { Kcov } from "../../src/runtime/kcov.ts";
import type { MemoryReport } from "../../src/runtime/memory_report.ts";
import { wat } from "../support/wat.ts";
import { type Link, programText } from "./sanitized.ts";

const LINKS: readonly Link[] = hasMultiMemory() ? ["fused", "import"] : ["import"];

const PROGRAM = programText(
  `
  (global $kept (mut i32) (i32.const 0))
  (func (export "keep") (global.set $kept (call $malloc (i32.const 24))))
  (func (export "read") (param i32) (result i32) (i32.load8_u (i32.add (global.get $kept) (local.get 0))))
  (func (export "drop") (call $free (global.get $kept)))
  (func (export "trap")
    (global.set $sp (i32.sub (global.get $sp) (i32.const 64)))
    (drop (call $malloc (i32.const 1000)))
    (unreachable)
    (global.set $sp (i32.add (global.get $sp) (i32.const 64)))))`.replace(/\)$/, ""),
);

test.each(LINKS)("the shadow is put back with the memory, %s", async (link) => {
  const kcov = await Kcov.create();
  const reports: MemoryReport[] = [];
  kcov.onMemoryError = (report) => reports.push(report);
  const { binary } = instrument(wat(PROGRAM), { link, trace: [], sanitize: { recover: true }, state: "memory" });
  const { instance } = await WebAssembly.instantiate(binary, kcov.imports as unknown as WebAssembly.Imports);
  const { keep, read, drop, trap } = instance.exports as Record<string, (offset?: number) => number>;
  const { [STATE_EXPORTS.save]: save, [STATE_EXPORTS.restore]: restore } = instance.exports as Record<
    string,
    () => void
  >;
  keep?.();
  save?.();
  for (let round = 0; round < 3; round++) {
    drop?.();
    read?.(0);
    expect(reports.splice(0).map(({ kind }) => kind)).toEqual(["heap-use-after-free"]);
    expect(() => trap?.()).toThrow(WebAssembly.RuntimeError);
    restore?.();
    read?.(23);
    expect(reports).toEqual([]);
    read?.(24);
    expect(reports.splice(0).map(({ kind }) => kind)).toEqual(["heap-buffer-overflow"]);
  }
});
