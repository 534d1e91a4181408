/**
 * Counters that are not in device memory. The names of a module's imports say what kind of counters it uses, so that
 * the host can give all of its instances on a thread the same ones without being called.
 *
 *     counters FORM LENGTH ID       a shared memory; the k-th counter is at k times the bytes of one
 *     count FORM LENGTH ID          a function, (address: i32) → (), that increments a counter in that memory
 *     counter FORM LENGTH ID K      a mutable global, i64 for "64bit", otherwise i32: the k-th counter
 *
 * ID is 32 hexadecimal digits: the first eight bytes of the original module's SHA-256, then those of the pc table's.
 */

/** Size of a counter in bytes, by its form. */
export const COUNTER_BYTES = { "64bit": 8, "8bit": 1, flag: 1 } as const;

/** What a counter says: how often its site was executed, the same modulo 256, or whether it was executed. */
export type CounterForm = keyof typeof COUNTER_BYTES;

/** The hook that increments or sets a counter, by its form. */
export const COUNTER_HOOKS = {
  "64bit": "__sanitizer_cov_64bit_counter",
  "8bit": "__sanitizer_cov_8bit_counter",
  flag: "__sanitizer_cov_bool_flag",
} as const;

/** First words of the imports' names. */
export const COUNTER_IMPORTS = { memory: "counters", step: "count", global: "counter" } as const;

/** What an import is: a memory of counters, a function that increments one of them, or a single counter. */
export type CounterImportKind = keyof typeof COUNTER_IMPORTS;

/** The counters of a module. */
export interface CounterKey {
  readonly form: CounterForm;
  /** Number of counters. */
  readonly length: number;
  /** The ID of 32 hexadecimal digits. */
  readonly id: string;
}

/**
 * The first eight bytes of a hash, big-endian, by which counters identify their module and its pc table.
 *
 * @param sha256 in hexadecimal: as many digits, or more
 */
export function idOf(sha256: string): bigint {
  return BigInt(`0x${sha256.slice(0, ID_DIGITS)}`);
}

const ID_DIGITS = 16;

/** The two ids that the ID of a name is made of. */
export function idsOf({ id }: CounterKey): { original: bigint; table: bigint } {
  return { original: idOf(id), table: idOf(id.slice(ID_DIGITS)) };
}

/** The name of an import. @param index the counter's index, for a global */
export function counterImportName(kind: CounterImportKind, key: CounterKey, index?: number): string {
  const words = [COUNTER_IMPORTS[kind], key.form, key.length, key.id];
  return (index === undefined ? words : [...words, index]).join(" ");
}

/** Parses the name of an import; undefined for any other name. */
export function readCounterImport(
  name: string,
): { kind: CounterImportKind; key: CounterKey; index: number } | undefined {
  const parts = NAME.exec(name);
  if (!parts) return undefined;
  const [, word, form, length, id = "", index] = parts;
  const kind = word === COUNTER_IMPORTS.memory ? "memory" : word === COUNTER_IMPORTS.step ? "step" : "global";
  return { kind, key: { form: form as CounterForm, length: Number(length), id }, index: Number(index ?? 0) };
}

const NAME = /^(counters|count|counter) (64bit|8bit|flag) (\d+) ([0-9a-f]{32})(?: (\d+))?$/;

/** Exports of modules of the standalone link. */
export const STANDALONE_EXPORTS = {
  /** i32: the number of counters. */
  length: "kcov.length",
  /** (i32) → i64: a counter by its index; 0 if there is no such counter. */
  counter: "kcov.counter",
  /** i32: the length of a profile in 64-bit words (standalone.ts). */
  profileLength: "kcov.profile.length",
  /** (i32) → i64: a word by its index. All words, little-endian, form a file from which reports are made. */
  profile: "kcov.profile",
  /** () → i32, of modules that import WASI: writes the profile, and returns WASI's error. */
  write: "kcov.write",
} as const;

/** The environment variable that names the directory to which standalone modules write profiles under WASI. */
export const PROFILE_VARIABLE = "WASM_KCOV_PROFILE";

/** The module name from which WASI functions are imported. */
export const WASI_MODULE = "wasi_snapshot_preview1";
