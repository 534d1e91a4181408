/**
 * The tests that `npm test` leaves out, because each takes long: whole campaigns of fuzzing, test runners by the dozen, other
 * compilers' programs. `npm run test:long` runs them alone, `npm run test:all` runs everything, and `npx vitest run FILE` any
 * of them. What they guard is guarded by `npm test`, too, on fewer cases.
 */
export const LONG: readonly string[] = [
  // Every way to load a module and every test runner, on every version of Node.js that install.mjs brought.
  "test/runners/**/*.test.ts",
  // Chromium.
  "test/pages/**/*.test.ts",
  // Dozens of fuzzing runs in processes of their own; cli/fuzz.test.ts has the command's main jobs.
  "test/cli/fuzz_contract.test.ts",
  "test/cli/fuzz_faults.test.ts",
  "test/cli/fuzz_findings.test.ts",
  // Measures.
  "test/cli/bench.test.ts",
  // afl-fuzz, libFuzzer and clang as oracles.
  "test/unit/fuzz/afl/afl_fuzz.test.ts",
  "test/unit/fuzz/libfuzzer/libfuzzer.test.ts",
  "test/unit/instrument/adopt_clang.test.ts",
  "test/unit/coverage/sources/dwarf_oracle.test.ts",
  "test/sanitizer/compiled.test.ts",
  "test/coverage/languages.test.ts",
  // Every command and snippet of the manual.
  "test/manual/manual.test.ts",
];
