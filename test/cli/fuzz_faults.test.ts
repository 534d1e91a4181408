/**
 * Campaigns that meet faults from outside: kills at random moments, a full disk. Nothing that was found is lost, no file
 * is half, no process is left, and exit codes are right. FAULT_ROUNDS=50 kills more often.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha1Hex } from "../../src/fuzz/builtin/corpus.ts";
import { wat } from "../support/wat.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 5);
let directory = "";

/** Each byte of the input that is right reaches more, and is a crash of its own in `-ignore_crashes`. */
const TARGET = `(module (memory (export "memory") 18)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 4)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 65)) (then
      (if (i32.eq (i32.load8_u offset=1 (local.get $data)) (i32.const 66)) (then
        (if (i32.eq (i32.load8_u offset=2 (local.get $data)) (i32.const 67)) (then (unreachable)))))))
    (i32.const 0)))`;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-faults-"));
  writeFileSync(join(directory, "target.wasm"), wat(TARGET));
  const script = `import fs from "node:fs"; fs.writeFileSync("pid", String(process.pid)); export function fuzz(b) { if (b[0] === 7) return; }`;
  writeFileSync(join(directory, "script.mjs"), script);
});

afterAll(() => rmSync(directory, { recursive: true }));

function fuzz(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, "fuzz", ...args], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
}

async function end(child: ChildProcess): Promise<{ exit: number | null; stderr: string }> {
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const stderr = child.stderr === null ? "" : await text(child.stderr);
  return { exit: await exit, stderr };
}

/** Files that are whole: their name is their hash. What a kill left half has another ending, and is never read. */
function checkWhole(name: string): void {
  for (const file of readdirSync(join(directory, name))) {
    if (file.endsWith(".tmp")) continue;
    const hash = sha1Hex(readFileSync(join(directory, name, file)));
    expect(file.slice(file.lastIndexOf("-") + 1)).toBe(hash);
  }
}

/** A generator of moments, the same in every run. */
function* moments(): Generator<number, void, void> {
  for (let state = 12345; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield 100 + ((state >>> 8) % 2000);
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(100);
  }
  return false;
}

test("killed at random moments: files are whole, no process is left, and what was found is found again", async () => {
  mkdirSync(join(directory, "corpus"));
  mkdirSync(join(directory, "found"));
  const at = moments();
  let most = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const child = fuzz("target.wasm", "corpus", "-artifact_prefix=found/", "-ignore_crashes=1", `-seed=${round + 1}`);
    const ended = end(child);
    await sleep(at.next().value as number);
    child.kill("SIGKILL");
    await ended;
    checkWhole("corpus");
    checkWhole("found");
    const kept = readdirSync(join(directory, "corpus")).filter((file) => !file.endsWith(".tmp")).length;
    expect(kept).toBeGreaterThanOrEqual(Math.min(most, 1));
    most = Math.max(most, kept);
  }
  const last = await end(fuzz("target.wasm", "corpus", "-artifact_prefix=found/", "-seed=9", "-runs=200000"));
  expect(last.exit, last.stderr).toBe(77);
  checkWhole("found");
});

test("a target's process does not outlive a parent that is killed", async () => {
  for (let round = 0; round < 2; round++) {
    rmSync(join(directory, "pid"), { force: true });
    const child = fuzz("script.mjs");
    const ended = end(child);
    while (!existsSync(join(directory, "pid")) || readFileSync(join(directory, "pid"), "utf8") === "") await sleep(50);
    const pid = Number(readFileSync(join(directory, "pid"), "utf8"));
    child.kill("SIGKILL");
    await ended;
    expect(await isGone(pid)).toBe(true);
  }
});

test("a target's process that is killed from outside: its input is saved, and said not to be the reason", async () => {
  rmSync(join(directory, "pid"), { force: true });
  mkdirSync(join(directory, "outside"));
  const child = fuzz("script.mjs", "-artifact_prefix=outside/");
  const ended = end(child);
  while (!existsSync(join(directory, "pid")) || readFileSync(join(directory, "pid"), "utf8") === "") await sleep(50);
  await sleep(500);
  process.kill(Number(readFileSync(join(directory, "pid"), "utf8")), "SIGKILL");
  const { exit, stderr } = await ended;
  expect(exit, stderr).toBe(77);
  expect(stderr).toContain("the process died: SIGKILL");
  expect(stderr).toContain("not reproducible alone");
  checkWhole("outside");
});

test("SIGTERM ends it whenever it comes, with 72", async () => {
  const at = moments();
  for (let round = 0; round < 3; round++) {
    const child = fuzz(round === 1 ? "script.mjs" : "target.wasm", "-ignore_crashes=1", "-artifact_prefix=found/");
    const ended = end(child);
    // Node.js itself has to be up to hear it.
    await sleep(700 + (at.next().value as number));
    child.kill("SIGTERM");
    expect((await ended).exit).toBe(72);
  }
});

const SIZE = "size=128k,mode=777";

test("a full disk: reports are whole, the campaign goes on, and half files are not left", async (context) => {
  const disk = join(directory, "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", SIZE, "tmpfs", disk]).status !== 0) {
    process.stderr.write("no small disk can be mounted: a full one is not tried\n");
    context.skip();
  }
  try {
    mkdirSync(join(disk, "corpus"));
    writeFileSync(join(disk, "filling"), new Uint8Array(1 << 20).subarray(0, 120 << 10));
    spawnSync("sh", ["-c", `cat /dev/zero > ${disk}/rest`]);
    const args = ["-artifact_prefix=disk/", "-ignore_crashes=1", "-seed=1", "-runs=100000"];
    const { exit, stderr } = await end(fuzz("target.wasm", "disk/corpus", ...args));
    expect(exit, stderr).toBe(0);
    expect(stderr).toMatch(/ERROR: the input could not be saved: ENOSPC.*\nBase64: QUJD/);
    expect(stderr).toContain("WARNING: new inputs cannot be written, and are kept in memory: ENOSPC");
    expect(stderr).toContain("Done 100000 runs");
    expect(readdirSync(disk).filter((file) => file.endsWith(".tmp"))).toEqual([]);
  } finally {
    spawnSync("umount", [disk]);
  }
});
