import { KCOV_MODE_TRACE_PC } from "../src/abi/kcov";
import { HEADER_NEXT_GUARD } from "../src/abi/layout";
import {
  KCOV_MODE_TRACE_PC_EXT,
  KCOV_MODE_UNIQUE_PC,
  KCOV_RECORD_ENTRY,
  KCOV_RECORD_EXIT,
  KCOV_RECORD_NORMAL,
  KCOV_RECORD_PC_BITS,
  KCOV_RECORD_TYPE_SHIFT,
} from "../src/abi/proposals";
import { area, bitmap, frame, mode, size, slide } from "./kcov";

/** `__sanitizer_cov_trace_pc` of a device with proposals: it checks for more modes. */
export function __kcov_trace_pc_proposals(pc: u64): void {
  if (mode == KCOV_MODE_TRACE_PC_EXT) append(KCOV_RECORD_NORMAL, pc, 0, 1);
  else if (mode == KCOV_MODE_TRACE_PC || mode == KCOV_MODE_UNIQUE_PC) appendPc(pc);
}

/** A function begins. @returns the `caller` to pass to `_exit` */
export function __sanitizer_cov_trace_pc_entry(pc: u64): u64 {
  const caller = frame;
  // biome-ignore lint/suspicious/noImportAssign: an imported global of WebAssembly is mutable
  frame = pc;
  if (mode == KCOV_MODE_TRACE_PC_EXT) append(KCOV_RECORD_ENTRY, pc, caller, 2);
  return caller;
}

/** A function ends, and its caller continues. */
export function __sanitizer_cov_trace_pc_exit(pc: u64, caller: u64): void {
  // biome-ignore lint/suspicious/noImportAssign: an imported global of WebAssembly is mutable
  frame = caller;
  if (mode == KCOV_MODE_TRACE_PC_EXT) append(KCOV_RECORD_EXIT, pc, 0, 1);
}

/**
 * A site with a guard: the byte address of a u32 in device memory, 0 until the site is numbered. In mode UNIQUE_PC a pc
 * is appended if its bit is not set yet in the bitmap, which lies before the count:
 *
 *     word -bitmap          0        1
 *     ┌────────┬─────┬────────┬───────┬────┬─────┐
 *     │ bits   │  …  │ count  │ pc    │ pc │  …  │      a site numbered beyond the bitmap is always appended
 *     └────────┴─────┴────────┴───────┴────┴─────┘
 *                             ▲ area
 */
export function __sanitizer_cov_trace_pc_guard(guard: usize, pc: u64): void {
  if (mode != KCOV_MODE_UNIQUE_PC) {
    __kcov_trace_pc_proposals(pc);
    return;
  }
  let index = load<u32>(guard);
  if (index == 0) {
    index = atomic.add<u32>(HEADER_NEXT_GUARD, 1) + 1;
    store<u32>(guard, index);
  }
  if (index < bitmap << 6) {
    const word = area - ((<usize>bitmap) << 3) + ((<usize>(index >> 6)) << 3);
    const bit: u64 = (<u64>1) << (index & 63);
    const bits = load<u64>(word);
    if ((bits & bit) != 0) return;
    store<u64>(word, bits | bit);
  }
  appendPc(pc);
}

function appendPc(pc: u64): void {
  const pos = load<u64>(area) + 1;
  if (pos >= <u64>size) return;
  store<u64>(area, pos);
  store<u64>(area + ((<usize>pos) << 3), pc - slide);
}

/** Appends a record; one that does not fit as a whole is dropped. */
function append(type: u64, pc: u64, second: u64, words: u32): void {
  const count = load<u64>(area);
  if (count >= <u64>size || count + words >= <u64>size) return;
  const record = area + ((<usize>count) << 3);
  const low: u64 = ((<u64>1) << KCOV_RECORD_PC_BITS) - 1;
  store<u64>(record, (type << KCOV_RECORD_TYPE_SHIFT) | ((pc - slide) & low), 8);
  if (words == 2) store<u64>(record, second == 0 ? 0 : second - slide, 16);
  store<u64>(area, count + words);
}
