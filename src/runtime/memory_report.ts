/** Memory errors that sanitized modules found, and what they are called. */

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

/** What a module did that it must not. Addresses are those of its own memory. */
export interface MemoryReport {
  /** What kind of error it is. */
  readonly kind: MemoryErrorKind;
  /** What was accessed, freed or asked for. */
  readonly address: number;
  /** Size of an access; 0 for everything else. */
  readonly bytes: number;
  /** Whether an access writes. */
  readonly isWrite: boolean;
  /** Offset of the instruction in the original module; 0 where only the stack tells. */
  readonly pc: number;
  /** The first byte in question. */
  readonly badAddress: number;
  /** The block of the heap that it lies in or next to. */
  readonly block: MemoryBlock | undefined;
  /** Where it happened: an engine's stack, of the instrumented module. */
  readonly stack: string;
  /** The program goes on when `Kcov.onMemoryError` returns (`recover`); it traps otherwise. */
  readonly goesOn: boolean;
}

/** A block of the heap. */
export interface MemoryBlock {
  /** Where its first byte is. */
  readonly address: number;
  /** Its size, as it was asked for. */
  readonly bytes: number;
  /** The stack of when it was allocated, if it was kept. */
  readonly allocated: string | undefined;
  /** The stack of when it was freed, if it was freed and the stack was kept. */
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

/** An error in one line: what AddressSanitizer says first. */
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

/** What a module reported. @param value of the shadow */
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

/** An address of a program's memory. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}
