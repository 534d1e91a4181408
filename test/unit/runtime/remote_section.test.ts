/** `Kcov.remoteSection`: a section that ends however its function ends. */

import { beforeEach, expect, test } from "vitest";
import { KCOV_REMOTE_ENABLE, KCOV_SUBSYSTEM_USB, KCOV_TRACE_PC, Kcov } from "../../../src/index.ts";
import { ready } from "../../support/areas.ts";

const HANDLE = KCOV_SUBSYSTEM_USB | 1n;
let kcov: Kcov;
let words: BigUint64Array<ArrayBufferLike>;

beforeEach(async () => {
  kcov = await Kcov.create();
  const area = ready(kcov, 16);
  ({ words } = area);
  kcov.ioctl(area.fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 8, handles: [HANDLE] });
  kcov.switchTo(kcov.taskInit());
});

test("a function that returns", () => {
  const result = kcov.remoteSection(HANDLE, () => {
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    expect(words[0]).toBe(0n);
    return "result";
  });
  expect(result).toBe("result");
  expect([...words.subarray(0, 2)]).toStrictEqual([1n, 1n]);
});

test("a function that throws", () => {
  const failing = (): never => {
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    throw new Error("of the function");
  };
  expect(() => kcov.remoteSection(HANDLE, failing)).toThrow("of the function");
  expect([...words.subarray(0, 2)]).toStrictEqual([1n, 1n]);
});

test.each([true, false])("a promise: the section ends when it settles (resolves: %s)", async (resolves) => {
  const section = kcov.remoteSection(HANDLE, async () => {
    await Promise.resolve();
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    if (!resolves) throw new Error("later");
    return 1;
  });
  expect(kcov.inspect().tasks.at(-1)).toMatchObject({ area: "remote" });
  if (resolves) expect(await section).toBe(1);
  else await expect(section).rejects.toThrow("later");
  expect([...words.subarray(0, 2)]).toStrictEqual([1n, 1n]);
});

test("a promise that is not this realm's: the section ends when it settles", async () => {
  const gate: { open?: () => void } = {};
  const foreign = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    then: (resolve: (value: number) => void) => {
      gate.open = () => resolve(5);
    },
  };
  const section = kcov.remoteSection(HANDLE, () => foreign);
  await Promise.resolve();
  kcov.hooks.__sanitizer_cov_trace_pc(1n);
  expect(words[0]).toBe(0n);
  gate.open?.();
  expect(await section).toBe(5);
  expect([...words.subarray(0, 2)]).toStrictEqual([1n, 1n]);
});

test("a handle that nobody registered: the function just runs", () => {
  const run = (): void => kcov.hooks.__sanitizer_cov_trace_pc(1n);
  kcov.remoteSection(HANDLE + 1n, run);
  expect(kcov.warnings).toBe(0);
  expect(words[0]).toBe(0n);
});

test("within a section: a warning, and the inner end does not end the outer one", () => {
  kcov.remoteSection(HANDLE, () => {
    kcov.remoteSection(HANDLE, () => kcov.hooks.__sanitizer_cov_trace_pc(1n));
    kcov.hooks.__sanitizer_cov_trace_pc(2n);
  });
  expect(kcov.warnings).toBe(1);
  expect([...words.subarray(0, 3)]).toStrictEqual([2n, 1n, 2n]);
});
