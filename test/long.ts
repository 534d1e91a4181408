/**
 * The tests that `npm test` leaves out, because each takes long: whole campaigns of fuzzing, test runners by the dozen, other
 * compilers' programs. `npm run test:long` runs them alone, `npm run test:all` runs everything, and `npx vitest run FILE` any
 * of them. What they guard is guarded by `npm test`, too, on fewer cases.
 */
export const LONG: readonly string[] = [
  // Whole test runs.
  "test/coverage/command.test.ts",
  "test/coverage/disk.test.ts",
  "test/coverage/vitest.test.ts",
  // Dozens of runs in processes of their own. cli.test.ts has transcripts of shorter commands; unit/fuzz has the engine itself.
  "test/cli/fuzz.test.ts",
  "test/cli/fuzz_contract.test.ts",
  "test/cli/fuzz_faults.test.ts",
  "test/cli/fuzz_findings.test.ts",
  "test/cli/given.test.ts",
  "test/cli/real_threads.test.ts",
  "test/cli/trace_errors.test.ts",
  "test/cli/trace_odd_programs.test.ts",
  "test/cli/trace_programs.test.ts",
  "test/cli/without_binaryen.test.ts",
  "test/sanitizer/halt.test.ts",
  "test/threads/stress.test.ts",
  // Modules of megabytes, and code that nests as deeply as engines allow.
  "test/unit/instrument/deep.test.ts",
  "test/unit/instrument/real_modules.test.ts",
  // Measures.
  "test/unit/fuzz/builtin/growth.test.ts",
  "test/unit/fuzz/reset.test.ts",
  "test/unit/examples.test.ts",
  // clang as an oracle.
  "test/unit/instrument/adopt_clang.test.ts",
  "test/unit/coverage/sources/dwarf_oracle.test.ts",
  "test/sanitizer/compiled.test.ts",
  "test/coverage/languages.test.ts",
  // Every command and snippet of the manual.
  "test/manual/manual.test.ts",
];

/**
 * Those of the long ones that one Node.js is enough for: what they drive is the same whichever runs them, or it is all versions
 * at once. `npm run test:host-node` leaves them out.
 */
export const LONG_ONCE: readonly string[] = [
  // Every way to load a module and every test runner, on every version of Node.js that install.mjs brought.
  "test/runners/**/*.test.ts",
  // The same workload in every engine, and the command line on Deno and Bun.
  "test/engines/**/*.test.ts",
  // Browsers.
  "test/pages/**/*.test.ts",
  // afl-fuzz and libFuzzer.
  "test/unit/fuzz/afl/afl_fuzz.test.ts",
  "test/unit/fuzz/afl/fork_server.test.ts",
  "test/unit/fuzz/libfuzzer/libfuzzer.test.ts",
  // Native programs.
  "test/cli/bench.test.ts",
];
