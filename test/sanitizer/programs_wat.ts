/** Programs with one mistake each, and the same without it. They need no compiler. */

import type { MemoryErrorKind } from "../../src/runtime/memory_report.ts";

export interface TextProgram {
  readonly name: string;
  readonly kind: MemoryErrorKind;
  /** Functions, with a number for @: the first one is wrong, the second one right. */
  readonly text: string;
  readonly wrong: number | string;
  readonly right: number | string;
}

/** A function that is given a block of 10 bytes, of which the first 8 are clear. */
function onBlock(code: string): string {
  return `(func (export "run") (local $p i32) (local $q i32)
    (local.set $p (call $malloc (i32.const 10)))
    ${code})`;
}

const STACK = `
  (func $write (param $p i32) (param $n i32)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 65))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $callee (local $frame i32)
    (global.set $sp (local.tee $frame (i32.sub (global.get $sp) (i32.const 32))))
    (call $write (local.get $frame) (i32.const @))
    (global.set $sp (i32.add (local.get $frame) (i32.const 32))))
  (func (export "run") (local $frame i32)
    (global.set $sp (local.tee $frame (i32.sub (global.get $sp) (i32.const 16))))
    (call $callee)
    (global.set $sp (i32.add (local.get $frame) (i32.const 16))))`;

/** Functions of a C library that access nothing: what is looked at is what their parameters say. */
const LIBRARY = `
  (func $memcpy (export "memcpy") (param i32 i32 i32) (result i32) (local.get 0))
  (func $memset (export "memset") (param i32 i32 i32) (result i32) (local.get 0))`;

const access = (code: string): string => onBlock(code);

export const TEXT_PROGRAMS: readonly TextProgram[] = [
  {
    name: "load8",
    text: access("(drop (i32.load8_u (i32.add (local.get $p) (i32.const @))))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load8, constant offset",
    text: access("(drop (i32.load8_s offset=@ (local.get $p)))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load16",
    text: access("(drop (i32.load16_u offset=@ (local.get $p)))"),
    wrong: 10,
    right: 8,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load32, the last half of it",
    text: access("(drop (i32.load offset=@ align=1 (local.get $p)))"),
    wrong: 8,
    right: 6,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load64",
    text: access("(drop (i64.load offset=@ align=1 (local.get $p)))"),
    wrong: 3,
    right: 2,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load of a float",
    text: access("(drop (f64.load offset=@ align=1 (local.get $p)))"),
    wrong: 4,
    right: 2,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load128",
    text: onBlock("(drop (v128.load align=1 (call $malloc (i32.const @))))"),
    wrong: 15,
    right: 16,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load of a lane",
    text: access("(drop (v128.load16_lane offset=@ 3 (local.get $p) (v128.const i64x2 0 0)))"),
    wrong: 9,
    right: 8,
    kind: "heap-buffer-overflow",
  },
  {
    name: "splat",
    text: access("(drop (v128.load32_splat offset=@ (local.get $p)))"),
    wrong: 8,
    right: 4,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store8",
    text: access("(i32.store8 (i32.add (local.get $p) (i32.const @)) (i32.const 1))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store8 before the block",
    text: access("(i32.store8 (i32.sub (local.get $p) (i32.const @)) (i32.const 1))"),
    wrong: 1,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store16",
    text: access("(i32.store16 offset=@ (local.get $p) (i32.const 1))"),
    wrong: 10,
    right: 8,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store32 of what is computed",
    text: access("(i32.store offset=@ (local.get $p) (i32.mul (local.get $p) (local.get $p)))"),
    wrong: 8,
    right: 4,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store64",
    text: access("(i64.store offset=@ (local.get $p) (i64.const 1))"),
    wrong: 8,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store of a double that is computed",
    text: access("(f64.store offset=@ (local.get $p) (f64.convert_i32_s (local.get $p)))"),
    wrong: 8,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store128",
    text: onBlock("(v128.store align=1 (call $malloc (i32.const @)) (v128.const i64x2 1 2))"),
    wrong: 8,
    right: 16,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store of a lane",
    text: access("(v128.store8_lane offset=@ 3 (local.get $p) (v128.const i64x2 0 0))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "atomic load",
    text: access("(drop (i32.atomic.load offset=@ (local.get $p)))"),
    wrong: 8,
    right: 4,
    kind: "heap-buffer-overflow",
  },
  {
    name: "atomic store",
    text: access("(i32.atomic.store8 offset=@ (local.get $p) (i32.const 1))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "atomic addition",
    text: access("(drop (i64.atomic.rmw.add offset=@ (local.get $p) (i64.const 1)))"),
    wrong: 8,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "atomic exchange of bytes",
    text: access("(drop (i32.atomic.rmw8.xchg_u offset=@ (local.get $p) (i32.const 1)))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "compare and exchange",
    text: access("(drop (i32.atomic.rmw.cmpxchg offset=@ (local.get $p) (i32.const 1) (i32.const 2)))"),
    wrong: 8,
    right: 4,
    kind: "heap-buffer-overflow",
  },
  {
    name: "compare and exchange of 64 bits",
    text: access("(drop (i64.atomic.rmw.cmpxchg offset=@ (local.get $p) (i64.const 1) (i64.const 2)))"),
    wrong: 8,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memory.fill",
    text: access("(memory.fill (local.get $p) (i32.const 1) (i32.const @))"),
    wrong: 11,
    right: 10,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memory.copy to",
    text: access("(memory.copy (local.get $p) (i32.const 1024) (i32.const @))"),
    wrong: 11,
    right: 10,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memory.copy from",
    text: access("(memory.copy (call $malloc (i32.const 100)) (local.get $p) (i32.const @))"),
    wrong: 11,
    right: 10,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memory.fill of nothing",
    text: access("(memory.fill (i32.add (local.get $p) (i32.const 10)) (i32.const 1) (i32.const @))"),
    wrong: 1,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "use after free",
    text: access(
      "(call $free (local.get $p)) (drop (i32.load (select (local.get $p) (i32.const 1024) (i32.const @))))",
    ),
    wrong: 1,
    right: 0,
    kind: "heap-use-after-free",
  },
  {
    name: "use after what frees",
    text: `(func $drop (param i32) (call $free (local.get 0))) ${access("(drop (i32.load (local.get $p))) (if (i32.const @) (then (call $drop (local.get $p)))) (drop (i32.load (local.get $p)))")}`,
    wrong: 1,
    right: 0,
    kind: "heap-use-after-free",
  },
  {
    name: "use after free in the next iteration",
    text: access(
      "(loop $l (drop (i32.load (local.get $p))) (if (i32.const @) (then (call $free (local.get $p)))) (br_if $l (i32.lt_u (local.tee $q (i32.add (local.get $q) (i32.const 1))) (i32.const 2))))",
    ),
    wrong: "(i32.lt_u (local.get $q) (i32.const 1))",
    right: 0,
    kind: "heap-use-after-free",
  },
  {
    name: "use after realloc",
    text: access(
      "(local.set $q (call $realloc (local.get $p) (i32.const 20))) (drop (i32.load8_u (select (local.get $p) (local.get $q) (i32.const @))))",
    ),
    wrong: 1,
    right: 0,
    kind: "heap-use-after-free",
  },
  {
    name: "behind what realloc gave",
    text: access(
      "(local.set $q (call $realloc (local.get $p) (i32.const 20))) (drop (i32.load8_u offset=@ (local.get $q)))",
    ),
    wrong: 20,
    right: 19,
    kind: "heap-buffer-overflow",
  },
  {
    name: "behind what calloc gave",
    text: access(
      "(local.set $q (call $calloc (i32.const 3) (i32.const 5))) (drop (i32.load8_u offset=@ (local.get $q)))",
    ),
    wrong: 15,
    right: 14,
    kind: "heap-buffer-overflow",
  },
  {
    name: "double free",
    text: access("(call $free (local.get $p)) (if (i32.const @) (then (call $free (local.get $p))))"),
    wrong: 1,
    right: 0,
    kind: "double-free",
  },
  {
    name: "free in the middle of a block",
    text: access("(call $free (i32.add (local.get $p) (i32.const @)))"),
    wrong: 8,
    right: 0,
    kind: "bad-free",
  },
  {
    name: "free of static data",
    text: access("(call $free (select (i32.const 1024) (local.get $p) (i32.const @)))"),
    wrong: 1,
    right: 0,
    kind: "bad-free",
  },
  { name: "free of null", text: access("(call $free (i32.const @))"), wrong: 64, right: 0, kind: "bad-free" },
  {
    name: "size of what is no block",
    text: access("(drop (call $malloc_usable_size (i32.add (local.get $p) (i32.const @))))"),
    wrong: 8,
    right: 0,
    kind: "bad-malloc_usable_size",
  },
  {
    name: "load32 that is not aligned",
    text: access("(drop (i32.load align=1 (i32.add (local.get $p) (i32.const @))))"),
    wrong: 7,
    right: 6,
    kind: "heap-buffer-overflow",
  },
  {
    name: "load32 that is not aligned, in front",
    text: access("(drop (i32.load align=1 (i32.sub (local.get $p) (i32.const @))))"),
    wrong: 2,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "store64 that is not aligned",
    text: access("(i64.store align=1 (i32.add (local.get $p) (i32.const @)) (i64.const -1))"),
    wrong: 3,
    right: 2,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memcpy, by its parameters",
    text: `${LIBRARY}${onBlock("(drop (call $memcpy (local.get $p) (i32.const 1024) (i32.const @)))")}`,
    wrong: 11,
    right: 10,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memcpy of much, by its parameters",
    text: `${LIBRARY}${onBlock("(drop (call $memcpy (i32.const 1024) (local.get $p) (i32.const @)))")}`,
    wrong: 40,
    right: 10,
    kind: "heap-buffer-overflow",
  },
  {
    name: "memset of nothing, by its parameters",
    text: `${LIBRARY}${onBlock("(drop (call $memset (i32.add (local.get $p) (i32.const 10)) (i32.const 0) (i32.const @)))")}`,
    wrong: 1,
    right: 0,
    kind: "heap-buffer-overflow",
  },
  {
    name: "address with bounds beyond the data",
    text: access("(drop (i32.load8_u (i32.and (i32.add (local.get $p) (i32.const @)) (i32.const 0xfffff))))"),
    wrong: 10,
    right: 9,
    kind: "heap-buffer-overflow",
  },
  {
    name: "index with bounds in a table of data",
    text: access("(local.set $q (i32.load8_u (local.get $p))) (drop (i32.load8_u offset=@ (local.get $q)))"),
    wrong: 0,
    right: 1024,
    kind: "SEGV",
  },
  {
    name: "null page, load",
    text: access("(drop (i32.load (i32.add (i32.const @) (local.get $q))))"),
    wrong: 0,
    right: 1024,
    kind: "SEGV",
  },
  {
    name: "null page, store",
    text: access("(i32.store (i32.const @) (i32.const 1))"),
    wrong: 1020,
    right: 1024,
    kind: "SEGV",
  },
  { name: "stack, beyond the frame", text: STACK, wrong: 33, right: 32, kind: "stack-buffer-overflow" },
  {
    name: "stack, frame without a stack pointer",
    text: `(func (export "run") (local $f i32) (local $i i32) (local.set $f (i32.sub (global.get $sp) (i32.const 16))) (local.set $i (local.get $f)) (loop $l (i32.store8 (local.get $i) (i32.const 1)) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (i32.sub (local.get $i) (local.get $f)) (i32.const @)))))`,
    wrong: 17,
    right: 16,
    kind: "stack-buffer-overflow",
  },
  {
    name: "stack, down to the data",
    text: `(func $deep (param $n i32) (local $f i32) (global.set $sp (local.tee $f (i32.sub (global.get $sp) (i32.const 1024)))) (i32.store (local.get $f) (local.get $n)) (if (local.get $n) (then (call $deep (i32.sub (local.get $n) (i32.const 1))))) (global.set $sp (i32.add (local.get $f) (i32.const 1024)))) (func (export "run") (call $deep (i32.const @)))`,
    wrong: 62,
    right: 61,
    kind: "stack-overflow",
  },
];
