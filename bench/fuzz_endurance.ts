/**
 * What a long run leaves behind: memory after ever more crashes, and after ever more inputs that never return. Crashes are
 * survived in one thread; every timeout costs one.
 *
 *     node bench/fuzz_endurance.ts [--crashes N] [--timeouts N]
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { FuzzEvent } from "../src/fuzz/builtin/events.ts";
import { parseEngineArguments } from "../src/fuzz/builtin/flags.ts";
import { supervise } from "../src/fuzz/builtin/node/supervise.ts";
import { wat } from "../test/support/wat.ts";

const { values } = parseArgs({
  options: { crashes: { type: "string", default: "10000" }, timeouts: { type: "string", default: "300" } },
});

/** @param bug what an input that begins with A meets */
const target = (bug: string): string => `(module
  (memory (export "memory") 18)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 65)) (then ${bug}))
    (i32.const 0)))`;

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-endurance-"));
try {
  await run("crashes", "(unreachable)", Number(values.crashes), ["-ignore_crashes=1"]);
  await run("timeouts", "(loop $again (br $again))", Number(values.timeouts), ["-timeout=0.05"]);
} finally {
  rmSync(directory, { recursive: true });
}

/** Fuzzes until `count` inputs have failed; prints the memory at ten points. */
async function run(what: "crashes" | "timeouts", bug: string, count: number, args: string[]): Promise<void> {
  const path = join(directory, `${what}.wasm`);
  writeFileSync(path, wat(target(bug)));
  const { flags } = parseEngineArguments([...args, `-artifact_prefix=${directory}/`, "-seed=1", "-rss_limit_mb=0"]);
  const stop = new AbortController();
  let failed = 0;
  const onEvent = (event: FuzzEvent): void => {
    if (event.event !== "finding") return;
    failed++;
    if (failed % Math.ceil(count / 10) === 0) {
      process.stdout.write(`${failed} ${what}: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB\n`);
    }
    if (failed >= count) stop.abort();
  };
  const plan = {
    kind: "fuzz" as const,
    targetPath: path,
    targetKind: "module" as const,
    target: {},
    flags,
    seed: 1,
    outputDirectory: undefined,
    paths: [],
    seedFiles: [],
    dictionary: [],
    showsStdout: false,
    showsStderr: false,
    stdoutFd: 1,
    initTimeout: 60,
    ignoreTimeouts: true,
    ignoreOoms: false,
    capacityBytes: 1 << 20,
  };
  await supervise(plan, { onEvent, onMessage: () => {}, onLook: () => {} }, stop.signal);
}
