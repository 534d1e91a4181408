/** Reports of memory errors, in the words and the form of AddressSanitizer. */

import { describeMemoryError, describePlace, hexAddress, type MemoryReport } from "../../runtime/memory_report.ts";
import { visible } from "../../text.ts";
import type { CrashFrame } from "../engine.ts";

/** Makes frames of an engine's stack. @param pc of the innermost one in the original, if it is known */
export type ResolveStack = (stack: string, pc?: number) => readonly CrashFrame[];

/** What comes after `==PID==ERROR: AddressSanitizer: `, line by line. */
export function formatMemoryReport(report: MemoryReport, resolve: ResolveStack): string {
  const { kind, address, bytes, isWrite, pc, block, stack } = report;
  const frames = resolve(stack, pc);
  const access = isWrite ? "WRITE" : "READ";
  const place = describePlace(report);
  return [
    describeMemoryError(report),
    ...(bytes === 0 ? [] : [`${access} of size ${bytes} at ${hexAddress(address)} thread T0`]),
    ...formatFrames(frames),
    ...(place === undefined ? [] : ["", place]),
    ...(block?.freed === undefined ? [] : ["freed by thread T0 here:", ...formatFrames(resolve(block.freed)), ""]),
    ...formatAllocation(block?.allocated, block?.freed !== undefined, resolve),
    ...(place === undefined && block === undefined ? [] : [""]),
    `SUMMARY: AddressSanitizer: ${kind}${formatSummaryPlace(frames)}`,
    "",
  ].join("\n");
}

function formatAllocation(stack: string | undefined, isFreed: boolean, resolve: ResolveStack): string[] {
  if (stack === undefined) return [];
  return [`${isFreed ? "previously allocated" : "allocated"} by thread T0 here:`, ...formatFrames(resolve(stack))];
}

/** Frames as AddressSanitizer prints them: number, address, function and place. */
export function formatFrames(frames: readonly CrashFrame[]): string[] {
  return frames.map(({ name, offset, location }, index) => {
    const at = offset === undefined ? "" : `0x${offset.toString(16)} `;
    return `    #${index} ${at}in ${visible(name)}${location === undefined ? "" : ` ${visible(location)}`}`;
  });
}

function formatSummaryPlace(frames: readonly CrashFrame[]): string {
  // The functions of the allocator are not where the mistake is.
  const frame = frames.find(({ name }) => !ALLOCATORS.test(name)) ?? frames[0];
  if (!frame) return "";
  const { location, name } = frame;
  return `${location === undefined ? "" : ` ${visible(location)}`} in ${visible(name)}`;
}

const ALLOCATORS = /^_?(malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|malloc_usable_size)$/;
