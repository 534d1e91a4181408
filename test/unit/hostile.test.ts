/** Calls that no sane program makes: each gets exactly the error of its row, and changes nothing. */

import { beforeEach, describe, expect, test } from "vitest";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
  KcovError,
  type KcovRemoteArg,
} from "../../src/index.ts";
import { ready } from "../support/areas.ts";

/** What a call is given: a device with something of everything on it. */
interface Scene {
  kcov: Kcov;
  /** Mapped and not enabled. */
  fd: number;
  /** Enabled by the current task. */
  enabled: number;
  /** Not initialised. */
  fresh: number;
}

type Row = [call: string, error: string, run: (scene: Scene) => unknown];

let scene: Scene;

beforeEach(async () => {
  const kcov = await Kcov.create();
  const { fd: enabled } = ready(kcov, 16);
  const { fd } = ready(kcov, 16);
  kcov.ioctl(enabled, KCOV_ENABLE, KCOV_TRACE_PC);
  kcov.taskInit();
  scene = { kcov, fd, enabled, fresh: kcov.open() };
});

/** Runs the row and expects its error, and the device as it was. */
function check([, error, run]: Row): void {
  const before = scene.kcov.inspect();
  const { warnings } = scene.kcov;
  const thrown = caught(() => run(scene));
  expect(thrown instanceof KcovError ? thrown.message : `${thrown.name}: ${thrown.message}`).toBe(error);
  expect(thrown.constructor === KcovError || thrown.name === "TypeError" || thrown.name === "RangeError").toBe(true);
  expect(scene.kcov.inspect()).toStrictEqual(before);
  expect(scene.kcov.warnings).toBe(warnings);
}

function caught(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("the call succeeded");
}

const remoteArg = (fields: Partial<Record<string, unknown>>): KcovRemoteArg =>
  ({ traceMode: 0, areaSize: 8, handles: [KCOV_SUBSYSTEM_USB], ...fields }) as unknown as KcovRemoteArg;
const bad = (value: unknown): never => value as never;

describe("an fd that is not one", () => {
  const fds: [unknown, string][] = [
    [-1, "EBADF: fd -1 is not open"],
    [1.5, "EBADF: fd 1.5 is not open"],
    [Number.NaN, "EBADF: fd NaN is not open"],
    [Number.POSITIVE_INFINITY, "EBADF: fd Infinity is not open"],
    [0, "EBADF: fd 0 is not open"],
    [99, "EBADF: fd 99 is not open"],
    [16384, "EBADF: fd 16384 is not open"],
    [2 ** 32, "EBADF: fd 4294967296 is not open"],
    [2 ** 32 + 3, "EBADF: fd 4294967299 is not open"],
    [2 ** 64 - 1, "EBADF: fd 18446744073709552000 is not open"],
    ["3", "TypeError: fd must be a number"],
    [3n, "TypeError: fd must be a number"],
    [null, "TypeError: fd must be a number"],
    [undefined, "TypeError: fd must be a number"],
    [{ valueOf: () => 3 }, "TypeError: fd must be a number"],
    [Symbol("fd"), "TypeError: fd must be a number"],
  ];
  const calls: [string, string, (kcov: Kcov, fd: never) => unknown][] = [
    ["close", "close", (kcov, fd) => kcov.close(fd)],
    ["dup", "dup", (kcov, fd) => kcov.dup(fd)],
    ["mmap", "mmap", (kcov, fd) => kcov.mmap(fd, 128)],
    ["ioctl", "ioctl", (kcov, fd) => kcov.ioctl(fd, KCOV_ENABLE)],
    ["ioctl with an unknown cmd", "ioctl", (kcov, fd) => kcov.ioctl(fd, 1)],
  ];
  const rows = calls.flatMap(([name, syscall, run]) =>
    fds.map(([fd, error]): Row => {
      const message = error.startsWith("EBADF") ? `${error}, ${syscall}` : error;
      return [`${name} ${String(fd)}`, message, ({ kcov }) => run(kcov, bad(fd))];
    }),
  );
  test.each(rows)("%s: %s", (...row) => check(row));

  test("a closed one", () => {
    scene.kcov.close(scene.fresh);
    const { fresh } = scene;
    check(["close", `EBADF: fd ${fresh} is not open, close`, ({ kcov }) => kcov.close(fresh)]);
    check(["ioctl", `EBADF: fd ${fresh} is not open, ioctl`, ({ kcov }) => kcov.ioctl(fresh, KCOV_INIT_TRACE, 2)]);
  });

  test.each<Row>([
    ["-1", "EBADF: -1 can not be an fd, dup", ({ kcov, fd }) => kcov.dup(fd, -1)],
    ["1.5", "EBADF: 1.5 can not be an fd, dup", ({ kcov, fd }) => kcov.dup(fd, 1.5)],
    ["NaN", "EBADF: NaN can not be an fd, dup", ({ kcov, fd }) => kcov.dup(fd, Number.NaN)],
    ["16384", "EBADF: 16384 can not be an fd, dup", ({ kcov, fd }) => kcov.dup(fd, 16384)],
    ["a string", "TypeError: the fd to dup to must be a number", ({ kcov, fd }) => kcov.dup(fd, bad("7"))],
    ["null", "TypeError: the fd to dup to must be a number", ({ kcov, fd }) => kcov.dup(fd, bad(null))],
  ])("dup to %s: %s", (...row) => check(row));
});

describe("ioctl", () => {
  test.each<Row>([
    ["cmd 2^32", "RangeError: cmd 4294967296 is not 32 bits", ({ kcov, fd }) => kcov.ioctl(fd, 2 ** 32)],
    ["cmd -2^31-1", "RangeError: cmd -2147483649 is not 32 bits", ({ kcov, fd }) => kcov.ioctl(fd, -(2 ** 31) - 1)],
    ["cmd NaN", "RangeError: cmd NaN is not 32 bits", ({ kcov, fd }) => kcov.ioctl(fd, Number.NaN)],
    ["cmd 1.5", "RangeError: cmd 1.5 is not 32 bits", ({ kcov, fd }) => kcov.ioctl(fd, 1.5)],
    ["a bigint cmd", "TypeError: an ioctl's cmd must be a number", ({ kcov, fd }) => kcov.ioctl(fd, bad(0x6364n))],
    ["cmd 0", "ENOTTY: 0x0 is not a kcov ioctl, ioctl", ({ kcov, fd }) => kcov.ioctl(fd, 0)],
    ["cmd -1", "ENOTTY: 0xffffffff is not a kcov ioctl, ioctl", ({ kcov, fd }) => kcov.ioctl(fd, -1)],
    [
      "32-bit INIT_TRACE",
      "ENOTTY: 0x80046301 is not a kcov ioctl, ioctl",
      ({ kcov, fd }) => kcov.ioctl(fd, 0x80046301),
    ],
    [
      "INIT size 1",
      "EINVAL: size 1 is below 2, ioctl KCOV_INIT_TRACE",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, 1),
    ],
    [
      "INIT size -1",
      "EINVAL: size 18446744073709551615 is above 268435455, ioctl KCOV_INIT_TRACE",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, -1),
    ],
    [
      "INIT size 2^28",
      "EINVAL: size 268435456 is above 268435455, ioctl KCOV_INIT_TRACE",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, 2 ** 28),
    ],
    [
      "INIT twice",
      "EBUSY: the descriptor is initialised already, ioctl KCOV_INIT_TRACE",
      (s) => s.kcov.ioctl(s.fd, KCOV_INIT_TRACE, 0),
    ],
    [
      "arg NaN",
      "RangeError: argument NaN is not a safe integer; pass a bigint",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, Number.NaN),
    ],
    [
      "arg 2^64 - 1 as a number",
      "RangeError: argument 18446744073709552000 is not a safe integer; pass a bigint",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, 2 ** 64 - 1),
    ],
    [
      "arg 2^64",
      "RangeError: argument 18446744073709551616 is not 64 bits",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, 1n << 64n),
    ],
    [
      "arg of another type",
      "TypeError: this ioctl takes its argument by value: a number or bigint",
      (s) => s.kcov.ioctl(s.fresh, KCOV_INIT_TRACE, bad("64")),
    ],
    [
      "ENABLE without an area",
      "EINVAL: the descriptor is not initialised, ioctl KCOV_ENABLE",
      (s) => s.kcov.ioctl(s.fresh, KCOV_ENABLE),
    ],
    [
      "ENABLE again",
      "EINVAL: the descriptor is enabled already, ioctl KCOV_ENABLE",
      (s) => s.kcov.ioctl(s.enabled, KCOV_ENABLE),
    ],
    [
      "ENABLE when busy",
      "EBUSY: task 1 has a kcov already, ioctl KCOV_ENABLE",
      (s) => s.kcov.ioctl(s.fd, KCOV_ENABLE, 9),
    ],
    ["DISABLE 1", "EINVAL: argument 1 is not 0, ioctl KCOV_DISABLE", (s) => s.kcov.ioctl(s.enabled, KCOV_DISABLE, 1)],
    [
      "DISABLE of another's",
      "EINVAL: the current task did not enable this descriptor, ioctl KCOV_DISABLE",
      (s) => s.kcov.ioctl(s.fd, KCOV_DISABLE),
    ],
  ])("%s: %s", (...row) => check(row));

  test("a mode that is none, and comparisons where there are none", async () => {
    scene.kcov.ioctl(scene.enabled, KCOV_DISABLE);
    const where = "ioctl KCOV_ENABLE";
    check(["mode 2", `EINVAL: 2 is not a trace mode, ${where}`, (s) => s.kcov.ioctl(s.fd, KCOV_ENABLE, 2)]);
    const wide = 1n << 32n;
    check(["mode 2^32", `EINVAL: ${wide} is not a trace mode, ${where}`, (s) => s.kcov.ioctl(s.fd, KCOV_ENABLE, wide)]);
    const kcov = await Kcov.create({ comparisons: false });
    const { fd } = ready(kcov, 16);
    scene = { kcov, fd, enabled: -1, fresh: -1 };
    const reason = `ENOTSUPP: the device was created without comparisons, ${where}`;
    check(["CMP", reason, () => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP)]);
  });
});

describe("REMOTE_ENABLE", () => {
  const enable = (arg: unknown) => (s: Scene) => s.kcov.ioctl(s.fresh, KCOV_REMOTE_ENABLE, bad(arg));
  const at = ", ioctl KCOV_REMOTE_ENABLE";
  test.each<Row>([
    ["nothing", `EFAULT: the argument is missing or not readable${at}`, enable(undefined)],
    ["a number", `EFAULT: the argument is missing or not readable${at}`, enable(0x1000)],
    ["null", `EFAULT: the argument is missing or not readable${at}`, enable(null)],
    ["no bytes", `EFAULT: the argument has 0 bytes${at}`, enable(new Uint8Array(0))],
    ["11 bytes", `EFAULT: the argument has 11 bytes${at}`, enable(new Uint8Array(11))],
    ["half a header", `EFAULT: num_handles 0 takes 24 bytes, the argument has 16${at}`, enable(new Uint8Array(16))],
    [
      "one handle too few",
      `EFAULT: num_handles 2 takes 40 bytes, the argument has 32${at}`,
      enable(remoteArg({ numHandles: 2 })),
    ],
    ["257 handles", `EINVAL: num_handles 257 exceeds 256${at}`, enable(remoteArg({ handles: Array(257).fill(1n) }))],
    [
      "2^32 - 1 handles",
      `EINVAL: num_handles 4294967295 exceeds 256${at}`,
      enable(remoteArg({ numHandles: 2 ** 32 - 1 })),
    ],
    ["numHandles -1", "RangeError: numHandles -1 is not a u32", enable(remoteArg({ numHandles: -1 }))],
    ["areaSize 2^32", "RangeError: areaSize 4294967296 is not a u32", enable(remoteArg({ areaSize: 2 ** 32 }))],
    ["areaSize NaN", "RangeError: areaSize NaN is not a u32", enable(remoteArg({ areaSize: Number.NaN }))],
    ["a bigint areaSize", "TypeError: areaSize must be a number", enable(remoteArg({ areaSize: 8n }))],
    ["no traceMode", "TypeError: traceMode must be a number", enable(remoteArg({ traceMode: undefined }))],
    ["no handles", "TypeError: handles must be an array of bigint", enable(remoteArg({ handles: undefined }))],
    ["a number as handle", "TypeError: handles[1] must be a bigint", enable(remoteArg({ handles: [1n, 2] }))],
    ["a hole", "TypeError: handles[0] must be a bigint", enable(remoteArg({ handles: Array(1) }))],
    ["a negative handle", "RangeError: handles[0] -1 is not a u64", enable(remoteArg({ handles: [-1n] }))],
    [
      "commonHandle 2^64",
      `RangeError: commonHandle ${1n << 64n} is not a u64`,
      enable(remoteArg({ commonHandle: 1n << 64n })),
    ],
    ["a good argument, a fresh fd", `EINVAL: the descriptor is not initialised${at}`, enable(remoteArg({}))],
    [
      "when busy",
      `EBUSY: task 1 has a kcov already${at}`,
      (s) => s.kcov.ioctl(s.fd, KCOV_REMOTE_ENABLE, remoteArg({})),
    ],
  ])("%s: %s", (...row) => check(row));

  test("a bad handle undoes what was committed, and says which one it was", () => {
    const { kcov, fd, enabled } = scene;
    kcov.ioctl(enabled, KCOV_DISABLE);
    const before = kcov.inspect();
    const run = (arg: KcovRemoteArg) => caught(() => kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg)).message;
    const common = { handles: [], commonHandle: KCOV_SUBSYSTEM_USB };
    expect(run(remoteArg({ handles: [1n] }))).toBe(`EINVAL: handle 0x1 is not valid as a listed handle${at}`);
    expect(run(remoteArg(common))).toBe(`EINVAL: handle 0x100000000000000 is not valid as a common handle${at}`);
    const twice = [KCOV_SUBSYSTEM_USB, KCOV_SUBSYSTEM_USB];
    expect(run(remoteArg({ handles: twice }))).toBe(`EEXIST: handle 0x100000000000000 is registered already${at}`);
    const sequence = (before.kcovs[1]?.sequence ?? 0) + 3;
    const kcovs = before.kcovs.map((kcov) => (kcov.fds[0] === fd ? { ...kcov, sequence } : kcov));
    expect(kcov.inspect()).toStrictEqual({ ...before, kcovs });
  });
});
