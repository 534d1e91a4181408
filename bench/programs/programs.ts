/** What programs of the benchmarks are built from, and how. programs_tuned.ts and programs_others.ts have them. */

/** How a program is built. */
export interface Program {
  readonly name: string;
  /** Debian's source package; undefined for a program that is all in `glue/`. */
  readonly package?: string;
  /** C or C++ files of the unpacked package. Directories stand for all C files in them. */
  readonly sources: readonly string[];
  /** Directories with headers in the unpacked package. */
  readonly includes: readonly string[];
  readonly defines: readonly string[];
  /** Defines for WebAssembly alone: what its libc does not have. */
  readonly wasmDefines?: readonly string[];
  /** A library that it uses, from another package. */
  readonly library?: Omit<Program, "library" | "name">;
  /** C files that are not part of the program: they have a `main` of their own. */
  readonly without?: readonly string[];
  /** Commands that make some of the sources or includes, run in a directory `build` of the unpacked package. */
  readonly prepare?: readonly (readonly string[])[];
  /** It uses setjmp, which needs exception handling in WebAssembly. */
  readonly setjmp?: boolean;
}

/** The loop that shows what one event costs; in WebAssembly it is branches.wat. */
export const LOOP: Program = { name: "branches", sources: [], includes: [], defines: [] };

/** How a native program is compiled. */
export interface NativeVariant {
  readonly name: NativeVariantName;
  readonly compiler: "clang-19" | "gcc";
  /** Flags for the program alone: what is called by instrumented code is compiled without. */
  readonly flags: readonly string[];
  /** What it is linked with. */
  readonly linkFlags?: readonly string[];
}

export type NativeVariantName =
  | "clang"
  | "clang trace-pc"
  | "clang trace-cmp"
  | "clang counters"
  | "clang address"
  | "gcc"
  | "gcc trace-pc"
  | "gcc trace-cmp";

export const NATIVE_VARIANTS: readonly NativeVariant[] = [
  { name: "clang", compiler: "clang-19", flags: [] },
  { name: "clang trace-pc", compiler: "clang-19", flags: ["-fsanitize-coverage=trace-pc"] },
  // Clang traces no comparisons alone: the least that goes with them is the store of a flag in each function.
  { name: "clang trace-cmp", compiler: "clang-19", flags: ["-fsanitize-coverage=func,inline-bool-flag,trace-cmp"] },
  { name: "clang counters", compiler: "clang-19", flags: ["-fsanitize-coverage=inline-8bit-counters"] },
  { name: "clang address", compiler: "clang-19", flags: ["-fsanitize=address"], linkFlags: ["-fsanitize=address"] },
  { name: "gcc", compiler: "gcc", flags: [] },
  { name: "gcc trace-pc", compiler: "gcc", flags: ["-fsanitize-coverage=trace-pc"] },
  { name: "gcc trace-cmp", compiler: "gcc", flags: ["-fsanitize-coverage=trace-cmp"] },
];
