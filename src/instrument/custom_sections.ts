/**
 * Custom sections that the output must do without. Engines look at none of them, so a valid module may have damaged ones,
 * and others may use the names that this library, or Binaryen, has a meaning for. No such section costs the module.
 */

import { SECTION } from "../binary_format.ts";
import { raw, readModule } from "./ir/binaryen.ts";
import { shippedFeatures } from "./ir/features.ts";
import { PC_TABLE_SECTION } from "./pc_table.ts";
import { hasNulInNames } from "./wasm/names.ts";
import { type Section, withoutSections } from "./wasm/sections.ts";

/** A custom section that was left aside. */
export interface SetAside {
  /** Its name. */
  readonly section: string;
  /** Where it begins in the original. */
  readonly offset: number;
  /** Why the output does without it. */
  readonly reason: string;
}

/** DWARF, source maps and hints for branches speak of offsets in the original, which the output does not have. */
export function isDebugInfo({ name }: Section): boolean {
  return /^(metadata\.code\.|\.debug_|reloc\..*debug|sourceMappingURL$|external_debug_info$)/.test(name);
}

/** Those that cannot stay, whatever Binaryen makes of them. */
export function unfitSections(bytes: Uint8Array, sections: readonly Section[]): SetAside[] {
  return sections.flatMap((section) => {
    if (section.name === PC_TABLE_SECTION) return [aside(section, "it has the name of the pc table, and is none")];
    if (section.name === "name" && hasNulInNames(bytes, section))
      return [aside(section, "a name in it has a NUL character, which Binaryen takes for the name's end")];
    return [];
  });
}

/**
 * Of a module that is valid and that Binaryen cannot read, those that are the reason: with no other, it cannot be read
 * either. All of them, where none is the reason alone.
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

/** The names, which are all of a module's custom sections that have to do with its code. */
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
