/** Options of the sanitizer and their defaults. */

import { BOOLEAN, checkOptions, INTEGER, OBJECT, type OptionKind, type OptionKinds } from "../../option_checks.ts";
import { ALLOCATOR_ROLES, type AllocatorRole } from "./allocators.ts";

/** What the memory sanitizer checks; by default everything. */
export interface SanitizeOptions {
  /**
   * The functions of the allocator by their roles, `{ malloc: "func[12]", free: "my_free" }`: names, or indices in the
   * original. By default those with the usual names.
   */
  allocator?: Partial<Record<AllocatorRole, string | number>>;
  /** Redzones between frames on the stack; true by default. */
  stack?: boolean;
  /** Bytes from address 0 on that must not be accessed, a multiple of 8; default: those below the data, up to 1024. */
  nullPageBytes?: number;
  /**
   * Maximum number of bytes of freed memory that are withheld; 256 KiB by default, which fits into caches: more finds
   * later uses, and takes more time. At most a quarter of the memory is withheld, or 256 KiB if that is more; the block
   * that was freed last may exceed this 16 times; 0 withholds nothing.
   */
  quarantineBytes?: number;
  /**
   * Let the program go on after an error, if `Kcov.onMemoryError` returns, as with `-fsanitize-recover=address`; false
   * by default, since checks are slower then.
   */
  recover?: boolean;
}

/** The same with every default filled in. */
export interface SanitizeSettings {
  readonly allocator: Readonly<Partial<Record<AllocatorRole, string | number>>>;
  readonly stack: boolean;
  /** undefined: derived from the module's data. */
  readonly nullPageBytes: number | undefined;
  readonly quarantineBytes: number;
  readonly recover: boolean;
}

/** The values that the option may have. */
export const SANITIZE: OptionKind = {
  what: '"memory" or an object',
  accepts: (value) => value === "memory" || OBJECT.accepts(value),
};

const KINDS: OptionKinds<SanitizeOptions> = {
  allocator: OBJECT,
  stack: BOOLEAN,
  nullPageBytes: INTEGER,
  quarantineBytes: INTEGER,
  recover: BOOLEAN,
};

const DEFAULT_QUARANTINE_BYTES = 256 << 10;

/** @throws {TypeError} */
export function sanitizeSettingsFrom(options: "memory" | SanitizeOptions | undefined): SanitizeSettings | undefined {
  if (options === undefined) return undefined;
  const given = options === "memory" ? {} : options;
  checkOptions("instrument: sanitize", given, KINDS);
  for (const role of Object.keys(given.allocator ?? {})) {
    if (!Object.hasOwn(ALLOCATOR_ROLES, role)) {
      throw new TypeError(
        `sanitize: ${role} is no function of an allocator: ${Object.keys(ALLOCATOR_ROLES).join(", ")}`,
      );
    }
  }
  return {
    allocator: given.allocator ?? {},
    stack: given.stack ?? true,
    nullPageBytes: given.nullPageBytes,
    quarantineBytes: given.quarantineBytes ?? DEFAULT_QUARANTINE_BYTES,
    recover: given.recover ?? false,
  };
}
