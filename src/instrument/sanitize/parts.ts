/**
 * The parts of the sanitizer in a module, recorded in a custom section. Independent of Binaryen, for those that only
 * read them.
 */

import { SANITIZER_SECTION } from "../../abi/sanitizer_imports.ts";
import { customSection, readSections } from "../wasm/sections.ts";

/** Names of the parts. */
export const PARTS = ["heap", "stack", "null page"] as const;

/** A part of the sanitizer, and whether it is active. */
export interface SanitizerPart {
  /** Which part. */
  readonly part: (typeof PARTS)[number];
  /** Whether it does anything. */
  readonly active: boolean;
  /** What was found, or why nothing was. */
  readonly why: string;
}

/** Describes a part in one line. */
export function describePart({ part, active, why }: SanitizerPart): string {
  return `the sanitizer ${active ? "looks" : "does not look"} at the ${part}: ${why}`;
}

export function sanitizerSection(parts: readonly SanitizerPart[]): Uint8Array[] {
  return customSection(SANITIZER_SECTION, new TextEncoder().encode(JSON.stringify(parts)));
}

/** The parts of the sanitizer in a module that was instrumented; undefined for one without it. */
export function readSanitizerParts(binary: Uint8Array): readonly SanitizerPart[] | undefined {
  const section = readSections(binary).find(({ name }) => name === SANITIZER_SECTION);
  return section && JSON.parse(new TextDecoder().decode(binary.subarray(section.start, section.end)));
}
