/**
 * Counters that are not in device memory: how a module says in the names of its imports what it counts with, so that the
 * host can give all of its instances on a thread the same ones without being called.
 *
 *     counters FORM LENGTH ID       a shared memory; the k-th counter is at k times the bytes of one
 *     count FORM LENGTH ID          a function, (address: i32) → (), that makes the step of a counter of that memory
 *     counter FORM LENGTH ID K      a mutable global, i64 for "64bit" and else i32: the k-th counter
 *
 * ID are 32 hexadecimal digits: the first eight bytes of the SHA-256 of the original module, and of that of the pc table.
 */

/** Bytes of a counter by its form. */
export const COUNTER_BYTES = { "64bit": 8, "8bit": 1, flag: 1 } as const;

/** What a counter tells: how often its site was executed, the same modulo 256, or whether it was. */
export type CounterForm = keyof typeof COUNTER_BYTES;

/** The hook that makes the step of a counter, by its form. */
export const COUNTER_HOOKS = {
  "64bit": "__sanitizer_cov_64bit_counter",
  "8bit": "__sanitizer_cov_8bit_counter",
  flag: "__sanitizer_cov_bool_flag",
} as const;

/** First words of the names of imports. */
export const COUNTER_IMPORTS = { memory: "counters", step: "count", global: "counter" } as const;

/** What an import is: a memory of counters, a function that makes their steps, or one counter. */
export type CounterImportKind = keyof typeof COUNTER_IMPORTS;

/** The counters of a module. */
export interface CounterKey {
  readonly form: CounterForm;
  /** How many there are. */
  readonly length: number;
  /** 32 hexadecimal digits. */
  readonly id: string;
}

/** The name of an import. @param index of the counter, for a global */
export function counterImportName(kind: CounterImportKind, key: CounterKey, index?: number): string {
  const words = [COUNTER_IMPORTS[kind], key.form, key.length, key.id];
  return (index === undefined ? words : [...words, index]).join(" ");
}

/** What the name of an import says; undefined for a name of another kind. */
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
  /** i32: how many counters there are. */
  length: "kcov.length",
  /** (i32) → i64: a counter by its index; 0 if there is no such counter. */
  counter: "kcov.counter",
  /** i32: how many words of 64 bits a profile has (standalone.ts). */
  profileLength: "kcov.profile.length",
  /** (i32) → i64: one of them. All of them, little-endian, are a file that reports are made of. */
  profile: "kcov.profile",
  /** () → i32, of modules that import WASI: writes the profile, and returns WASI's error. */
  write: "kcov.write",
} as const;

/** The variable that names the directory that standalone modules write profiles to under WASI. */
export const PROFILE_VARIABLE = "WASM_KCOV_PROFILE";

/** Where the functions of WASI are imported from. */
export const WASI_MODULE = "wasi_snapshot_preview1";
