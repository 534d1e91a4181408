/** Reports of memory errors, in AddressSanitizer's wording and format. */

import { describeMemoryError, describePlace, hexAddress, type MemoryReport } from "../../runtime/memory_report.ts";
import { visible } from "../../text.ts";
import type { CrashFrame } from "../engine.ts";

/** Parses a JavaScript engine's stack trace. @param pc the innermost frame's pc in the original, if known */
export type ResolveStack = (stack: string, pc?: number) => readonly CrashFrame[];

/** Formats the report, from after `==PID==ERROR: AddressSanitizer: `, with line breaks. */
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

/** Formats frames as AddressSanitizer prints them: number, address, function and location. */
export function formatFrames(frames: readonly CrashFrame[]): string[] {
  return frames.map(({ name, offset, location }, index) => {
    const at = offset === undefined ? "" : `0x${offset.toString(16)} `;
    return `    #${index} ${at}in ${visible(name)}${location === undefined ? "" : ` ${visible(location)}`}`;
  });
}

function formatSummaryPlace(frames: readonly CrashFrame[]): string {
  // The bug is not in the allocator's functions.
  const frame = frames.find(({ name }) => !ALLOCATORS.test(name)) ?? frames[0];
  if (!frame) return "";
  const { location, name } = frame;
  return `${location === undefined ? "" : ` ${visible(location)}`} in ${visible(name)}`;
}

const ALLOCATORS = /^_?(malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|malloc_usable_size)$/;
