/**
 * Custom sections that must be left out of the output. Engines ignore custom sections, so a valid module may have
 * damaged ones, or others whose names have a meaning to this library or Binaryen. They must not keep the module from
 * being instrumented.
 */

import { SECTION } from "../binary_format.ts";
import { raw, readModule } from "./ir/binaryen.ts";
import { shippedFeatures } from "./ir/features.ts";
import { PC_TABLE_SECTION } from "./pc_table.ts";
import { hasNulInNames } from "./wasm/names.ts";
import { type Section, withoutSections } from "./wasm/sections.ts";

/** A custom section that was set aside. */
export interface SetAside {
  /** Its name. */
  readonly section: string;
  /** Where it begins in the original. */
  readonly offset: number;
  /** Why it was left out of the output. */
  readonly reason: string;
}

/** Whether a section refers to offsets in the original, wrong in the output: DWARF, source maps, branch hints. */
export function isDebugInfo({ name }: Section): boolean {
  return /^(metadata\.code\.|\.debug_|reloc\..*debug|sourceMappingURL$|external_debug_info$)/.test(name);
}

/** The sections that cannot stay, whatever Binaryen does with them. */
export function unfitSections(bytes: Uint8Array, sections: readonly Section[]): SetAside[] {
  return sections.flatMap((section) => {
    if (section.name === PC_TABLE_SECTION) return [aside(section, "it has the name of the pc table, and is none")];
    if (section.name === "name" && hasNulInNames(bytes, section))
      return [aside(section, "a name in it has a NUL character, which Binaryen takes for the name's end")];
    return [];
  });
}

/**
 * The sections that are the reason why Binaryen cannot read a valid module: each makes it unreadable without any
 * others. All custom sections, if none is the reason on its own.
 *
 * @param known those that are set aside already
 */
export function unreadableSections(
  bytes: Uint8Array,
  sections: readonly Section[],
  known: readonly SetAside[],
): SetAside[] {
  const custom = sections.filter(
    (section) => section.id === SECTION.custom && !isDebugInfo(section) && !isAmong(known, section),
  );
  const damaged = custom.filter((section) => {
    const alone = withoutSections(bytes, sections, (each) => each.id === SECTION.custom && each !== section);
    return !isReadable(alone);
  });
  return (damaged.length > 0 ? damaged : custom).map((section) => aside(section, "it is damaged"));
}

/** The name sections, which are the only custom sections that depend on a module's code. */
export function nameSections(_bytes: Uint8Array, sections: readonly Section[], known: readonly SetAside[]): SetAside[] {
  return sections
    .filter((section) => section.name === "name" && !isAmong(known, section))
    .map((section) => aside(section, "Binaryen does not get along with the names"));
}

/** Whether a section is one of those. */
export function isAmong(setAside: readonly SetAside[], { header }: Section): boolean {
  return setAside.some(({ offset }) => offset === header);
}

function aside({ name, header }: Section, reason: string): SetAside {
  return { section: name, offset: header, reason };
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    raw.ModuleDispose(readModule(bytes, shippedFeatures()));
    return true;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return false;
  }
}
