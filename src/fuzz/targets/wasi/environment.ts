/** WASI functions for a program's surroundings: arguments, environment, clock, random numbers, exit. */

import type { GuestMemory, Pointer } from "../guest_memory.ts";
import { ERRNO, EVENTTYPE_CLOCK } from "./constants.ts";
import type { WasiState } from "./state.ts";

/** Unwinds a program that exits. */
export class WasiExit extends Error {
  override readonly name = "WasiExit";
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const SUBSCRIPTION_BYTES = 48;
const SUBSCRIPTION_TYPE = 8;
const EVENT_BYTES = 32;
const EVENT_ERROR = 8;
const EVENT_TYPE = 10;

/** @param memory returns the program's memory */
export function environmentFunctions(state: WasiState, memory: () => GuestMemory): Record<string, unknown> {
  const { args, env } = state.options;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const exit = (code: number): never => {
    state.exitCode ??= code >>> 0;
    throw new WasiExit(code >>> 0);
  };
  return {
    args_sizes_get: (count: Pointer, bytes: Pointer) => writeSizes(memory(), args, count, bytes),
    args_get: (list: Pointer, strings: Pointer) => writeStrings(memory(), args, list, strings),
    environ_sizes_get: (count: Pointer, bytes: Pointer) => writeSizes(memory(), variables, count, bytes),
    environ_get: (list: Pointer, strings: Pointer) => writeStrings(memory(), variables, list, strings),
    clock_res_get: (_clock: number, resolution: Pointer) => {
      memory().setU64(resolution, 1n);
      return ERRNO.SUCCESS;
    },
    clock_time_get: (_clock: number, _precision: bigint, time: Pointer) => {
      memory().setU64(time, state.now());
      return ERRNO.SUCCESS;
    },
    random_get: (address: Pointer, length: number) => {
      memory().read(address, length);
      memory().write(
        address,
        Uint8Array.from({ length: length >>> 0 }, () => state.randomByte()),
      );
      return ERRNO.SUCCESS;
    },
    poll_oneoff: (subscriptions: Pointer, events: Pointer, count: number, ready: Pointer) =>
      poll(memory(), subscriptions, events, count >>> 0, ready),
    sched_yield: () => ERRNO.SUCCESS,
    proc_exit: exit,
    proc_raise: (signal: number) => exit(128 + signal),
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

function writeSizes(memory: GuestMemory, strings: readonly string[], count: Pointer, bytes: Pointer): number {
  memory.setU32(count, strings.length);
  memory.setU32(
    bytes,
    strings.reduce((sum, text) => sum + encode(text).length, 0),
  );
  return ERRNO.SUCCESS;
}

function writeStrings(memory: GuestMemory, strings: readonly string[], list: Pointer, area: Pointer): number {
  let address = area >>> 0;
  strings.forEach((text, k) => {
    const bytes = encode(text);
    memory.setU32((list >>> 0) + 4 * k, address);
    memory.write(address, bytes);
    address += bytes.length;
  });
  return ERRNO.SUCCESS;
}

/** Reports every awaited event as having occurred: clocks have expired, and the input is ready. */
function poll(memory: GuestMemory, subscriptions: Pointer, events: Pointer, count: number, ready: Pointer): number {
  if (count === 0) return ERRNO.INVAL;
  const [from, to] = [subscriptions >>> 0, events >>> 0];
  // Bounds are checked before the loop: a count of four billion is the program's mistake, not a reason to spin.
  memory.read(from, count * SUBSCRIPTION_BYTES > 0xffff_ffff ? 0xffff_ffff : count * SUBSCRIPTION_BYTES);
  for (let k = 0; k < count; k++) {
    const subscription = memory.read(from + k * SUBSCRIPTION_BYTES, SUBSCRIPTION_BYTES).slice();
    const event = new Uint8Array(EVENT_BYTES);
    event.set(subscription.subarray(0, 8));
    event[EVENT_ERROR] = ERRNO.SUCCESS;
    event[EVENT_TYPE] = subscription[SUBSCRIPTION_TYPE] ?? EVENTTYPE_CLOCK;
    memory.write(to + k * EVENT_BYTES, event);
  }
  memory.setU32(ready, count);
  return ERRNO.SUCCESS;
}
