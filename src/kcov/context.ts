/** What a thread, which is a CPU, executes at the moment: its current task, or an interrupt on top of it. */

import { ENOMEM } from "../abi/errno.ts";
import { HEADER_IRQ_AREA_WORDS, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import { allocateRun } from "../memory/page_allocator.ts";
import { reserveCells } from "../memory/slab.ts";
import type { Device, KcovContext } from "./device.ts";

const CONTEXTS: readonly KcovContext[] = ["task", "softirq", "hardirq", "nmi", "softirq_hardirq", "softirq_nmi"];

/**
 * Sets what this thread executes from now on.
 *
 * @throws {TypeError} there is no such context
 * @throws {KcovError} ENOMEM for the area of soft interrupts, which a thread gets with its first one
 */
export function setContext(device: Device, context: KcovContext): void {
  if (!CONTEXTS.includes(context)) {
    throw new TypeError(`a context is one of ${CONTEXTS.join(", ")}, not ${String(context)}`);
  }
  device.call(() => {
    if (context === "softirq" && device.rules.softirq) makeIrqArea(device);
    device.context = context;
  });
}

/** Leaves (true) the interrupt, or enters (false) one in which nothing is recorded. */
export function setInTask(device: Device, flag: boolean): void {
  if (typeof flag !== "boolean") throw new TypeError("setInTask takes a boolean");
  setContext(device, flag ? "task" : "hardirq");
}

/** Allocates the area once per thread. The kernel does so for every CPU at boot; here most threads never need it. */
function makeIrqArea(device: Device): void {
  const { arena, cpu } = device;
  if (cpu.irqArea !== 0) return;
  const words = arena.load(HEADER_IRQ_AREA_WORDS);
  const run = reserveCells(arena) ? allocateRun(arena, words * WORD_BYTES) : 0;
  if (run === 0) throw new KcovError(ENOMEM, `no memory for an area of ${words} words`, "setContext", "softirq");
  cpu.irqArea = run;
}
