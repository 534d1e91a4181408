/** Ways to put a memory back that were tried for the benchmark of resets. */

import { DIRTY_PAGE_SHIFT } from "../src/abi/state.ts";
import { wat } from "../test/support/wat.ts";

const PAGE_BYTES = 1 << DIRTY_PAGE_SHIFT;

interface Way {
  readonly name: string;
  readonly needsMultiMemory?: boolean;
  /** @returns what restores; `map` is the dirty map, a view of `device` */
  make(memory: WebAssembly.Memory, map: Uint8Array, device: WebAssembly.Memory): () => void;
}

export const WAYS: readonly Way[] = [
  { name: "compare pages, Buffer.compare", make: comparePages },
  { name: "compare words, JavaScript", make: compareWords },
  { name: "map a byte at a time, TypedArray.set", make: (memory, map) => mapped(memory, map, PAGE_BYTES, false) },
  { name: "map, if pages had 1 KiB", make: (memory, map) => mapped(memory, map, PAGE_BYTES / 4, true) },
  { name: "map, copyWithin from a copy behind", make: copyBehind },
  { name: "map, memory.copy in WebAssembly", needsMultiMemory: true, make: copyInWebAssembly },
];

function comparePages(memory: WebAssembly.Memory): () => void {
  const bytes = Buffer.from(memory.buffer);
  const pages = pagesOf(bytes);
  const copies = pagesOf(Buffer.from(bytes));
  return () => {
    for (let k = 0; k < pages.length; k++) {
      const [page, copy] = [pages[k] as Buffer, copies[k] as Buffer];
      if (page.compare(copy) !== 0) page.set(copy);
    }
  };
}

function pagesOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / PAGE_BYTES }, (_, k) =>
    bytes.subarray(k * PAGE_BYTES, (k + 1) * PAGE_BYTES),
  );
}

function compareWords(memory: WebAssembly.Memory): () => void {
  const words = new Int32Array(memory.buffer);
  const copy = words.slice();
  return () => {
    for (let k = 0; k < words.length; k++) if (words[k] !== copy[k]) words[k] = copy[k] as number;
  };
}

/** What smaller pages would save: only a part of each is copied. @param byWord look at four pages at once */
function mapped(memory: WebAssembly.Memory, map: Uint8Array, copied: number, byWord: boolean): () => void {
  const bytes = new Uint8Array(memory.buffer);
  const copy = bytes.slice();
  const parts = Array.from({ length: bytes.length / PAGE_BYTES }, (_, k) =>
    copy.subarray(k * PAGE_BYTES, k * PAGE_BYTES + copied),
  );
  const words = new Int32Array(map.buffer, map.byteOffset, parts.length / 4);
  const step = byWord ? 4 : 1;
  return () => {
    for (let k = 0; k < parts.length; k += step) {
      if (byWord && words[k >> 2] === 0) continue;
      for (let page = k; page < k + step; page++) {
        if (map[page] === 0) continue;
        bytes.set(parts[page] as Uint8Array, page * PAGE_BYTES);
        map[page] = 0;
      }
    }
  };
}

/** The copy lies in the same memory, after its end: no views, but the program could reach it. */
function copyBehind(memory: WebAssembly.Memory, map: Uint8Array): () => void {
  const size = memory.buffer.byteLength;
  memory.grow(size / 65536);
  const bytes = new Uint8Array(memory.buffer);
  bytes.copyWithin(size, 0, size);
  const words = new Int32Array(map.buffer, map.byteOffset, size / PAGE_BYTES / 4);
  return () => {
    for (let k = 0; k < words.length; k++) {
      if (words[k] === 0) continue;
      for (let page = 4 * k; page < 4 * k + 4; page++) {
        if (map[page] === 0) continue;
        bytes.copyWithin(page * PAGE_BYTES, size + page * PAGE_BYTES, size + (page + 1) * PAGE_BYTES);
        map[page] = 0;
      }
    }
  };
}

const RESTORE = `(module
  (import "m" "memory" (memory $memory 1)) (import "m" "copy" (memory $copy 1)) (import "m" "device" (memory $device 1 65536 shared))
  (func (export "restore") (param $map i32) (param $pages i32) (local $page i32)
    (loop $next
      (if (i64.ne (i64.load $device (i32.add (local.get $map) (local.get $page))) (i64.const 0))
        (then (call $eight (local.get $map) (local.get $page))))
      (br_if $next (i32.lt_u (local.tee $page (i32.add (local.get $page) (i32.const 8))) (local.get $pages)))))
  (func $eight (param $map i32) (param $page i32) (local $end i32)
    (local.set $end (i32.add (local.get $page) (i32.const 8)))
    (loop $next
      (if (i32.load8_u $device (i32.add (local.get $map) (local.get $page)))
        (then
          (memory.copy $memory $copy (i32.shl (local.get $page) (i32.const 12)) (i32.shl (local.get $page) (i32.const 12)) (i32.const 4096))
          (i32.store8 $device (i32.add (local.get $map) (local.get $page)) (i32.const 0))))
      (br_if $next (i32.lt_u (local.tee $page (i32.add (local.get $page) (i32.const 1))) (local.get $end))))))`;

function copyInWebAssembly(memory: WebAssembly.Memory, map: Uint8Array, device: WebAssembly.Memory): () => void {
  const copy = new WebAssembly.Memory({ initial: memory.buffer.byteLength / 65536 });
  new Uint8Array(copy.buffer).set(new Uint8Array(memory.buffer));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wat(RESTORE)), { m: { memory, copy, device } });
  const restore = exports.restore as (map: number, pages: number) => void;
  const pages = memory.buffer.byteLength / PAGE_BYTES;
  return () => restore(map.byteOffset, pages);
}
