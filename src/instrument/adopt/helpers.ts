/** Functions that are added to a module to replace hooks that read or write its memory. */

import { KCOV_CMP_CONST } from "../../abi/kcov.ts";
import { lib, type Name, raw } from "../ir/binaryen.ts";
import { shippedFeatures } from "../ir/features.ts";
import { graft } from "../ir/graft.ts";
import type { Ir } from "../ir/ir.ts";

/** The memory to which addresses refer, and their type. */
export interface Memory {
  readonly name: Name;
  readonly address: "i32" | "i64";
}

/**
 * `(start, stop)`: numbers the guards between two addresses, each a word, continuing where the last call ended, as the
 * compilers' runtimes do; a range that is numbered already stays as it is.
 */
export function addGuardInit(ir: Ir, memory: Memory): Name {
  return add(ir, memory, "adopted.guards", new Map(), guardInit(memory.address));
}

/**
 * `(value, cases, pc)`: records a switch whose cases are in a table in the module's memory: their number, their width
 * in bits, and their values, all as 64-bit words. A table that does not lie inside the memory records nothing.
 *
 * @param range the hook that records consecutive cases
 */
export function addSwitch(ir: Ir, memory: Memory, range: Name): Name {
  return add(ir, memory, "adopted.switch", new Map([["hooks.range", range]]), switchTable(memory.address));
}

function add(ir: Ir, { name, address }: Memory, role: string, imports: Map<string, Name>, text: string): Name {
  const source = `(module (import "module" "memory" (memory ${address === "i64" ? "i64" : ""} 0)) ${text})`;
  const module = lib.parseText(source, shippedFeatures()).ptr;
  try {
    raw.ModuleSetFeatures(module, shippedFeatures());
    const exported = graft(ir, lib.wrapModule(module).emitBinary(), { role, memory: name, imports });
    return exported.get("run") ?? 0;
  } finally {
    raw.ModuleDispose(module);
  }
}

const guardInit = (a: string): string => `
  (global $last (mut i32) (i32.const 0))
  (func (export "run") (param $at ${a}) (param $stop ${a})
    (if (${a}.ge_u (local.get $at) (local.get $stop)) (then (return)))
    (if (i32.load align=1 (local.get $at)) (then (return)))
    (loop $next
      (global.set $last (i32.add (global.get $last) (i32.const 1)))
      (i32.store align=1 (local.get $at) (global.get $last))
      (local.set $at (${a}.add (local.get $at) (${a}.const 4)))
      (br_if $next (${a}.lt_u (local.get $at) (local.get $stop)))))`;

const switchTable = (a: string): string => {
  const wide = a === "i64" ? "" : "i64.extend_i32_u";
  const get = (local: string): string => (wide ? `(${wide} (local.get ${local}))` : `(local.get ${local})`);
  return `
  (import "hooks" "range" (func $range (param i64 i64 i64 i64 i64)))
  (func (export "run") (param $value i64) (param $cases ${a}) (param $pc i64)
    (local $bytes i64) (local $count i64) (local $bits i64) (local $type i64)
    (local.set $bytes (i64.shl ${wide ? "(i64.extend_i32_u (memory.size))" : "(memory.size)"} (i64.const 16)))
    (if (i64.gt_u (i64.add ${get("$cases")} (i64.const 16)) (local.get $bytes)) (then (return)))
    (local.set $count (i64.load align=1 (local.get $cases)))
    (local.set $bits (i64.load offset=8 align=1 (local.get $cases)))
    (if (i64.gt_u (local.get $count)
          (i64.shr_u (i64.sub (i64.sub (local.get $bytes) (i64.const 16)) ${get("$cases")}) (i64.const 3)))
      (then (return)))
    (local.set $type
      (i64.or (i64.const ${KCOV_CMP_CONST})
        (i64.shl (i64.ctz (i64.shr_u (local.get $bits) (i64.const 3))) (i64.const 1))))
    (if (i64.ne (i64.popcnt (local.get $bits)) (i64.const 1)) (then (return)))
    (if (i64.lt_u (local.get $bits) (i64.const 8)) (then (return)))
    (if (i64.gt_u (local.get $bits) (i64.const 64)) (then (return)))
    (block $done
      (loop $next
        (br_if $done (i64.eqz (local.get $count)))
        (call $range (local.get $value) (i64.load offset=16 align=1 (local.get $cases)) (i64.const 1)
          (local.get $type) (local.get $pc))
        (local.set $cases (${a}.add (local.get $cases) (${a}.const 8)))
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (br $next))))`;
};
