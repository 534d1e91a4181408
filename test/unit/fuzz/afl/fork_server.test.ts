/** `wasm-kcov afl-target` under something that does what afl-fuzz does. */

import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { counterPcs, instrument } from "../../../../src/instrument/index.ts";
import { FakeAfl, type FakeAflOptions, HELLO_DICTIONARY, HELLO_SHARED_INPUT } from "../../../support/fake_afl.ts";
import { LETTERS, MAGIC, writeTarget } from "../../../support/fuzz_programs.ts";

const DONE = 0x137f;
const CRASH = 6;
const KILLED = 9;

let letters = "";
let magic = "";
let running: FakeAfl | undefined;

beforeAll(() => {
  letters = writeTarget(LETTERS);
  magic = writeTarget(MAGIC);
});

afterEach(async () => {
  running?.close();
  await running?.ended;
  running = undefined;
});

async function start(target: string, options?: FakeAflOptions): Promise<FakeAfl> {
  running = await FakeAfl.start(target, options);
  return running;
}

/** Index of the byte that is set always: after the counters. `malloc` has none, as a function of a known runtime. */
function countersOf(path: string): number {
  const options = { trace: ["counters"], functions: { exclude: ["malloc"] } } as const;
  return counterPcs(instrument(new Uint8Array(readFileSync(path)), options).pcTable).length;
}

/** Whether a process is there. One that has ended but was not waited for is not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

describe("the fork server", () => {
  test("offers shared input, CmpLog, a dictionary and a map as large as the module needs", async () => {
    const { hello } = await start(magic);
    const bytes = Math.ceil((countersOf(magic) + 1) / 64) * 64;
    expect(hello).toBe((0x80000001 | 0x40000000 | 0x13000000 | ((bytes - 1) << 1)) >>> 0);
  });

  test("sends the dictionary when it is asked for", async () => {
    const afl = await start(magic, { grant: HELLO_SHARED_INPUT | HELLO_DICTIONARY });
    expect(afl.dictionary.toString("hex")).toBe("040df0ad1b" + "041badf00d");
    expect((await afl.run("hello")).status).toBe(DONE);
  });

  test("counts each run by itself, and what runs where", async () => {
    const afl = await start(letters);
    const first = await afl.run("a");
    const second = await afl.run("T");
    const third = await afl.run("a");
    expect(first.status).toBe(DONE);
    expect(third.map).toEqual(first.map);
    expect(second.map).not.toEqual(first.map);
    expect(first.map[countersOf(letters)]).toBe(1);
    expect(Object.keys(first.map).length).toBeGreaterThan(1);
  });

  test("reports a trap as a crash, and goes on in the same process", async () => {
    const afl = await start(letters);
    const { status, pid } = await afl.run("T");
    expect(status).toBe(CRASH);
    const next = await afl.run("a");
    expect(next).toMatchObject({ status: DONE, pid });
    expect(await afl.run("a")).toEqual(next);
  });

  test("shows nothing of an input that the target rejects", async () => {
    const afl = await start(letters);
    expect(await afl.run("Y")).toMatchObject({ status: DONE, map: { [countersOf(letters)]: 1 } });
  });

  test("takes inputs of any length", async () => {
    const afl = await start(magic);
    expect((await afl.run("")).status).toBe(DONE);
    expect((await afl.run(new Uint8Array(1 << 20).fill(65))).status).toBe(DONE);
    expect((await afl.run("\x0d\xf0\xad\x1bB")).status).toBe(CRASH);
  });

  test("counts where the map is when instances come and go", async () => {
    const kept = await start(letters);
    const expected = await kept.run("a");
    kept.close();
    const afl = await start(letters, { args: ["--reset", "instance"] });
    for (let round = 0; round < 3; round++) expect((await afl.run("a")).map).toEqual(expected.map);
  });
});

describe("hangs", () => {
  test("a killed executor is reported, and replaced", async () => {
    const afl = await start(letters);
    const expected = await afl.run("a");
    for (let round = 0; round < 3; round++) {
      const hung = await afl.begin("H");
      process.kill(hung, "SIGKILL");
      expect(await afl.status()).toBe(KILLED);
      const { pid, ...rest } = await afl.run("a");
      expect(pid).not.toBe(hung);
      expect(rest).toEqual({ status: expected.status, map: expected.map });
    }
  });

  test("nothing is left behind when AFL++ ends during one", async () => {
    const afl = await start(letters);
    const hung = await afl.begin("H");
    afl.close();
    expect(await afl.ended).toBe(0);
    await untilGone(hung);
  });

  test("nothing is left behind when the supervisor is killed during one", async () => {
    const afl = await start(letters);
    const hung = await afl.begin("H");
    afl.supervisor.kill("SIGKILL");
    await untilGone(hung);
  });
});

test("the end of AFL++ ends both processes", async () => {
  const afl = await start(letters);
  const { pid } = await afl.run("a");
  afl.close();
  expect(await afl.ended).toBe(0);
  await untilGone(pid);
});

test("CmpLog's table has the operands", async () => {
  const afl = await start(magic, { cmplog: true });
  await afl.run("hello world");
  const table = new DataView(afl.cmplog?.bytes.buffer ?? new ArrayBuffer(0));
  const pairs: bigint[][] = [];
  for (let entry = 0; entry < 65536; entry++) {
    if (table.getBigUint64(8 * entry, true) === 0n) continue;
    const pair = 8 * 65536 + entry * 32 * 32;
    pairs.push([table.getBigUint64(pair, true), table.getBigUint64(pair + 8, true)]);
  }
  expect(pairs).toContainEqual([0x1badf00dn, BigInt(Buffer.from("hell").readUInt32LE())]);
});

test("a target that cannot be opened is an error, and its reason is told", async () => {
  const missing = FakeAfl.start("/nowhere.wasm");
  await expect(missing).rejects.toThrow("closed its pipe");
});
