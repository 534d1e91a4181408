/** A module may import what the pass imports: what it does with that is no marker of the pass. */

import { expect, it } from "vitest";
import { instrument } from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

it("calls of its own import keep their arguments", () => {
  const module = wat(`(module (import "kcov" "__sanitizer_cov_trace_pc" (func $t (param i64)))
    (func (export "f") (param i64) (call $t (local.get 0)) (call $t (i64.const 77))))`);
  const { binary } = instrument(module, { link: "import", trace: ["counters"] });
  const seen: bigint[] = [];
  const memoryless = { __sanitizer_cov_8bit_counters_init: () => 0, __sanitizer_cov_8bit_counter: () => {} };
  const kcov = {
    ...memoryless,
    __sanitizer_cov_bool_flag: () => {},
    __sanitizer_cov_trace_pc: (pc: bigint) => seen.push(pc),
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { kcov });
  (exports.f as (value: bigint) => void)(5n);
  expect(seen).toEqual([5n, 77n]);
});

it("assignments of its own global stay", () => {
  const module = wat(`(module (import "kcov" "pc_area" (global $g (mut i64)))
    (func (export "f") (global.set $g (i64.const 5))))`);
  const { binary } = instrument(module, { link: "import", trace: ["cmp"] });
  expect(WebAssembly.validate(binary)).toBe(true);
});
