/** Memory errors that sanitized modules detect, and their names. */

import {
  OPERATION_ACCESS,
  OPERATION_SIZE,
  OPERATION_STACK,
  SHADOW_FREED,
  SHADOW_FREED_HEADER,
  SHADOW_HEAP,
  SHADOW_HEAP_HEADER,
  SHADOW_NULL_PAGE,
  SHADOW_STACK,
} from "../abi/sanitizer.ts";

/** Kinds of errors, by AddressSanitizer's names. */
export type MemoryErrorKind =
  | "heap-buffer-overflow"
  | "heap-use-after-free"
  | "stack-buffer-overflow"
  | "stack-overflow"
  | "SEGV"
  | "double-free"
  | "bad-free"
  | "bad-malloc_usable_size"
  | "unknown-crash";

/** A memory error of a module. Addresses are those of its own memory. */
export interface MemoryReport {
  /** What kind of error it is. */
  readonly kind: MemoryErrorKind;
  /** The address that was accessed, freed, resized or whose block's size was requested. */
  readonly address: number;
  /** Size of an access; 0 for everything else. */
  readonly bytes: number;
  /** Whether an access writes. */
  readonly isWrite: boolean;
  /** Offset of the instruction in the original module; 0 if only the stack shows it. */
  readonly pc: number;
  /** Address of the first byte that must not be accessed. */
  readonly badAddress: number;
  /** The heap block in or next to which that byte lies. */
  readonly block: MemoryBlock | undefined;
  /** Where it happened: the engine's stack trace, with offsets in the instrumented module. */
  readonly stack: string;
  /** Whether the program goes on when `Kcov.onMemoryError` returns (`recover`); otherwise it traps. */
  readonly goesOn: boolean;
}

/** A block of the heap. */
export interface MemoryBlock {
  /** Address of its first byte. */
  readonly address: number;
  /** The size that was requested. */
  readonly bytes: number;
  /** The stack of its allocation, if it was kept. */
  readonly allocated: string | undefined;
  /** The stack of its deallocation, if it was freed and the stack was kept. */
  readonly freed: string | undefined;
}

/** Thrown into a sanitized module, unless `Kcov.onMemoryError` is set. */
export class MemoryError extends Error {
  /** "MemoryError". */
  override readonly name = "MemoryError";
  /** What happened. */
  readonly report: MemoryReport;

  constructor(report: MemoryReport) {
    super(describeMemoryError(report));
    this.report = report;
  }
}

/** An error in one line: the first one that AddressSanitizer prints. */
export function describeMemoryError({ kind, address, pc }: MemoryReport): string {
  const at = pc === 0 ? "" : ` at pc ${hexAddress(pc)}`;
  if (kind === "double-free") return `attempting double-free on ${hexAddress(address)}`;
  if (kind === "bad-free") return `attempting free on address which was not malloc()-ed: ${hexAddress(address)}`;
  if (kind === "bad-malloc_usable_size") {
    return `attempting to call malloc_usable_size() for pointer which is not owned: ${hexAddress(address)}`;
  }
  if (kind === "SEGV") return `SEGV on unknown address ${hexAddress(address)}${at}`;
  return `${kind} on address ${hexAddress(address)}${at}`;
}

/** Where the address lies: AddressSanitizer's line on the block. */
export function describePlace({ badAddress, block, kind }: MemoryReport): string | undefined {
  if (kind === "SEGV") return "Hint: address points to the zero page.";
  if (kind === "stack-overflow") return "The stack reaches into the data below it.";
  if (!block) return undefined;
  const end = block.address + block.bytes;
  const [distance, where] =
    badAddress < block.address
      ? [block.address - badAddress, "before"]
      : badAddress < end
        ? [badAddress - block.address, "inside of"]
        : [badAddress - end, "after"];
  const region = `${block.bytes}-byte region [${hexAddress(block.address)},${hexAddress(end)})`;
  return `${hexAddress(badAddress)} is located ${distance} bytes ${where} ${region}`;
}

/** The kind of error that a module reported. @param value the shadow's value */
export function memoryErrorKind(operation: number, value: number): MemoryErrorKind {
  if (operation === OPERATION_STACK) return "stack-overflow";
  if (operation === OPERATION_SIZE) return "bad-malloc_usable_size";
  if (operation !== OPERATION_ACCESS) return value === SHADOW_FREED_HEADER ? "double-free" : "bad-free";
  return KINDS.get(value) ?? "unknown-crash";
}

const KINDS: ReadonlyMap<number, MemoryErrorKind> = new Map<number, MemoryErrorKind>([
  [SHADOW_HEAP, "heap-buffer-overflow"],
  [SHADOW_HEAP_HEADER, "heap-buffer-overflow"],
  [SHADOW_FREED, "heap-use-after-free"],
  [SHADOW_FREED_HEADER, "heap-use-after-free"],
  [SHADOW_STACK, "stack-buffer-overflow"],
  [SHADOW_NULL_PAGE, "SEGV"],
]);

/** Formats an address in a program's memory. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}
