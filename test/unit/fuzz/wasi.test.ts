/** The WASI of targets: the same for every run, and nothing but the input. */

import { describe, expect, test } from "vitest";
import { openWat, outcome } from "../../support/fuzz_target.ts";

const IMPORTS = `
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $check (param $errno i32) (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))`;

/** Reads 16 bytes from a descriptor to 64 and exits with the first one. */
const EXIT_WITH_FIRST = `
  (func $exit_with_first (param $fd i32)
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 16))
    (call $check (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $proc_exit (i32.load8_u (i32.const 64))))`;

describe("a command", () => {
  test.each(["memory", "instance"] as const)(
    "reads the input from standard input, anew for each: %s",
    async (reset) => {
      const target = await openWat(
        `(module ${IMPORTS} ${EXIT_WITH_FIRST} (func (export "_start") (call $exit_with_first (i32.const 0))))`,
        { reset },
      );
      expect(await outcome(target, "a")).toBe("exit 97");
      expect(await outcome(target, "bc")).toBe("exit 98");
      expect(await outcome(target, ""), "nothing is left of the last input").toBe("ok");
    },
  );

  test("reads the input from a file whose path it is told", async () => {
    const target = await openWat(
      `(module ${IMPORTS} ${EXIT_WITH_FIRST} (func (export "_start")
        (local $path i32)
        (call $check (call $fd_prestat_get (i32.const 3) (i32.const 0)))
        (call $check (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (if (i32.ne (i32.load (i32.const 0)) (i32.const 3)) (then (unreachable)))
        (call $check (call $args_get (i32.const 100) (i32.const 200)))
        (local.set $path (i32.load (i32.const 108)))
        (call $check (call $path_open (i32.const 3) (i32.const 0) (local.get $path) (i32.const 6)
          (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 16)))
        (call $exit_with_first (i32.load (i32.const 16)))))`,
      { args: ["-f", "@@"] },
    );
    expect(await outcome(target, "x")).toBe("exit 120");
  });

  test("finds no other file, and makes none", async () => {
    const target = await openWat(
      `(module ${IMPORTS} (data (i32.const 0) "/etc/passwd") (func (export "_start")
        (local $errno i32)
        (local.set $errno (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 11)
          (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 16)))
        (if (i32.ne (local.get $errno) (i32.const 44)) (then (unreachable)))
        (call $proc_exit (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 11)
          (i32.const 1) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 16)))))`,
    );
    expect(await outcome(target, ""), "EROFS").toBe("exit 69");
  });

  test("cannot be run on what it left", async () => {
    const text = `(module (memory (export "memory") 1) (func (export "_start")))`;
    await expect(openWat(text, { reset: "none" })).rejects.toThrow('use "memory" or "instance"');
  });

  test("whatever catches the exit's exception, it has exited", async () => {
    const target = await openWat(
      `(module ${IMPORTS} (func (export "_start")
        (try (do (call $proc_exit (i32.const 7))) (catch_all))
        (unreachable)))`,
    );
    expect(await outcome(target, "")).toBe("exit 7");
  });
});

test("clock and random numbers are the same for every input, and the seed's", async () => {
  const text = `(module ${IMPORTS}
    (global $first (export "first") (mut i64) (i64.const 0))
    (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
      (local $sum i64)
      (call $check (call $random_get (i32.const 0) (i32.const 8)))
      (call $check (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 8)))
      (call $check (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 16)))
      (if (i64.ge_u (i64.load (i32.const 8)) (i64.load (i32.const 16))) (then (unreachable)))
      (local.set $sum (i64.xor (i64.load (i32.const 0)) (i64.load (i32.const 8))))
      (if (i64.eqz (global.get $first)) (then (global.set $first (local.get $sum))))
      (if (i64.ne (global.get $first) (local.get $sum)) (then (drop (i32.div_u (i32.const 1) (i32.const 0)))))
      (call $proc_exit (i32.and (i32.load (i32.const 0)) (i32.const 0xff)))
      (i32.const 0)))`;
  const options = { buffer: { address: 1024, bytes: 64 }, reset: "none" } as const;
  const target = await openWat(text, options);
  const first = await outcome(target, "a");
  expect(first).toMatch(/^exit \d+$/);
  expect(await outcome(target, "b")).toBe(first);
  const seeds = await Promise.all(
    [1, 2, 3].map(async (seed) => outcome(await openWat(text, { ...options, seed }), "a")),
  );
  expect(new Set([first, ...seeds]).size).toBeGreaterThan(2);
});

test("output is passed on, up to a limit", async () => {
  const text = `(module ${IMPORTS} (data (i32.const 64) "hello\\n") (func (export "_start") (local $k i32)
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 6))
    (loop $again
      (call $check (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.ne (i32.load (i32.const 8)) (i32.const 6)) (then (unreachable)))
      (br_if $again (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 1000))))))`;
  const output: string[] = [];
  const target = await openWat(text, {
    onOutput: (stream, bytes) => output.push(`${stream} ${new TextDecoder().decode(bytes)}`),
    outputLimitBytes: 20,
  });
  for (const _ of [1, 2]) {
    output.length = 0;
    expect(await outcome(target, "")).toBe("ok");
    expect(output).toEqual(["stderr hello\n", "stderr hello\n", "stderr hello\n", "stderr he"]);
  }
  expect(await outcome(await openWat(text), "")).toBe("ok");
});

test("pointers outside of the memory are EFAULT, and what is not open EBADF", async () => {
  const target = await openWat(
    `(module ${IMPORTS} (func (export "LLVMFuzzerTestOneInput") (param $at i32) (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 0xfffffff0)) (i32.store (i32.const 4) (i32.const 16))
    (if (i32.ne (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 21)) (then (unreachable)))
    (if (i32.ne (call $random_get (i32.const 65530) (i32.const -1)) (i32.const 21)) (then (unreachable)))
    (if (i32.ne (call $fd_read (i32.const 9) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 8)) (then (unreachable)))
    (if (i32.ne (call $fd_seek (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 8)) (i32.const 70)) (then (unreachable)))
    (i32.const 0)))`,
    { buffer: { address: 1024, bytes: 64 } },
  );
  expect(await outcome(target, "some input")).toBe("ok");
});
