/** Tells bugs apart. */

import type { Crash } from "../engine.ts";

/** Number of frames that count: the function that failed, its caller, and the caller of that. */
const FRAMES = 3;

/**
 * A key that is the same for crashes that are probably the same bug: what went wrong, and in which functions, with the
 * location in the innermost one. For a stack overflow: the functions that call each other, wherever it happened to end.
 */
export function crashKey({ reason, frames }: Crash): string {
  if (reason === "stack overflow") {
    return [reason, ...new Set(frames.map(({ name }) => name))].sort().join(" < ");
  }
  const names = frames.slice(0, FRAMES).map(({ name, offset, location }, index) => {
    if (index > 0) return name;
    if (location !== undefined) return `${name} ${location.slice(location.lastIndexOf("/") + 1)}`;
    return offset === undefined ? name : `${name}+0x${offset.toString(16)}`;
  });
  return [reason, ...names].join(" < ");
}
