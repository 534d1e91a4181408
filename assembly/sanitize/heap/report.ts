import {
  OPERATION_ACCESS,
  SHADOW_FREED,
  SHADOW_FREED_HEADER,
  SHADOW_HEAP,
  SHADOW_HEAP_HEADER,
} from "../../../src/abi/sanitizer";
import { isInAllocator } from "./busy";
import { report } from "./host";
import { sizeOf, stackOf, stackOfFree } from "./layout";
import { accessible, blockAbove, blockBelow, headerAt, valueAt } from "./shadow";

/** Flags that are reported with the operation. */
let reportFlags: u32 = 0;

export function setReportFlags(flags: u32): void {
  reportFlags = flags;
}

/** Called for an access that includes a byte that must not be accessed. */
export function access(address: u32, bytes: u32, isWrite: u32, pc: u32): void {
  if (isInAllocator()) return;
  const good = accessible(address, bytes);
  if (good < bytes) fail(OPERATION_ACCESS, address, bytes, isWrite, pc, address + good);
}

/** Reports an error, with the block to which `bad`, the first bad address, belongs. */
export function fail(operation: u32, address: u32, bytes: u32, isWrite: u32, pc: u32, bad: u32): void {
  const value = operation == OPERATION_ACCESS ? valueAt(bad) : headerAt(address);
  const block = blockOf(bad, value);
  if (block == 0) {
    report(operation | reportFlags, address, bytes, isWrite, pc, bad, value, 0, 0, 0, 0);
    return;
  }
  const isFreed = headerAt(block) == SHADOW_FREED_HEADER;
  const freedAt = isFreed ? stackOfFree(block) : 0;
  report(
    operation | reportFlags,
    address,
    bytes,
    isWrite,
    pc,
    bad,
    value,
    block,
    sizeOf(block),
    stackOf(block),
    freedAt,
  );
}

/** The block in which an address lies, or the nearer one of the two between which it lies. */
function blockOf(address: u32, value: u32): u32 {
  const below = blockBelow(address);
  if (below == 0 || address - below < sizeOf(below)) return below;
  if (value != SHADOW_HEAP && value != SHADOW_HEAP_HEADER) return isFreed(value) ? below : 0;
  const above = blockAbove(address);
  const end = below + sizeOf(below);
  return above != 0 && above - address < address - end ? above : below;
}

function isFreed(value: u32): bool {
  return value == SHADOW_FREED || value == SHADOW_FREED_HEADER;
}
