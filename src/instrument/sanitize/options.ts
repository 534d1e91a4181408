/** Options of the sanitizer and their defaults. */

import { BOOLEAN, checkOptions, INTEGER, OBJECT, type OptionKind, type OptionKinds } from "../../option_checks.ts";
import { ALLOCATOR_ROLES, type AllocatorRole } from "./allocators.ts";

/** What the memory sanitizer looks at; all of it by default. */
export interface SanitizeOptions {
  /**
   * The functions of the allocator by what they do, `{ malloc: "func[12]", free: "my_free" }`: names, or indices in the
   * original. By default those of the usual names.
   */
  allocator?: Partial<Record<AllocatorRole, string | number>>;
  /** Redzones between frames on the stack; true by default. */
  stack?: boolean;
  /** Bytes from address 0 on that nobody may access, a multiple of 8; by default what lies below the data, up to 1024. */
  nullPageBytes?: number;
  /**
   * Bytes of freed memory that are withheld at most; 256 KiB by default, which caches hold: more finds later uses and takes
   * more time. Of the memory that there is no more than a quarter is withheld, or 256 KiB; the block that was freed last up
   * to 16 times as much; with 0 nothing.
   */
  quarantineBytes?: number;
  /**
   * Let the program go on after an error, where `Kcov.onMemoryError` returns, as `-fsanitize-recover=address`; false by
   * default, since checks are slower then.
   */
  recover?: boolean;
}

/** The same with every default filled in. */
export interface SanitizeSettings {
  readonly allocator: Readonly<Partial<Record<AllocatorRole, string | number>>>;
  readonly stack: boolean;
  /** undefined: what the module's data says. */
  readonly nullPageBytes: number | undefined;
  readonly quarantineBytes: number;
  readonly recover: boolean;
}

/** What the option may be. */
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
