/** Campaigns of several threads, as they are built: Node.js 20 starts no thread from TypeScript. */

import { getEventListeners } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { FuzzEvent } from "../../../../../src/fuzz/builtin/events.ts";
import { parseEngineArguments } from "../../../../../src/fuzz/builtin/flags.ts";
import type { CampaignPlan } from "../../../../../src/fuzz/builtin/node/campaign_plan.ts";
import { temporaryFile } from "../../../../support/fuzz_target.ts";
import { wat } from "../../../../support/wat.ts";

type Supervise = typeof import("../../../../../src/fuzz/builtin/node/supervise.ts");
const built = new URL("../../../../../dist/fuzz/builtin/node/supervise.js", import.meta.url);
const { supervise }: Supervise = await import(built.href);

/** Never returns from inputs that begin with A. */
const HANG = `(module (memory (export "memory") 18)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 65)) (then (loop $again (br $again))))
    (i32.const 0)))`;

function planFor(...args: string[]): CampaignPlan {
  const targetPath = temporaryFile("hang.wasm", wat(HANG));
  return {
    kind: "fuzz",
    targetPath,
    targetKind: "module",
    target: {},
    flags: parseEngineArguments([`-artifact_prefix=${targetPath}-`, ...args]).flags,
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
    capacityBytes: 1 << 12,
  };
}

/** What the process holds. Each process that it starts has descriptors. */
function held(signal: AbortSignal): Record<string, number> {
  const descriptors = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
  return { descriptors, listeners: getEventListeners(signal, "abort").length };
}

test("processes that were ended leave nothing behind", async () => {
  const stop = new AbortController();
  const after: Record<string, number>[] = [];
  const onEvent = (event: FuzzEvent): void => {
    if (event.event === "finding" && event.finding.kind === "timeout") after.push(held(stop.signal));
    if (after.length === 4) stop.abort();
  };
  const plan = planFor("-timeout=0.1", "-ignore_crashes=1", "-rss_limit_mb=0");
  await supervise(plan, { onEvent, onMessage: () => {}, onLook: () => {} }, stop.signal);
  const [first, ...others] = after;
  expect(first?.listeners).toBe(0);
  expect(others).toEqual([first, first, first]);
});
