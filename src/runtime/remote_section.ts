/** Running functions inside a remote section. */

import type { Device } from "../kcov/device.ts";
import { remoteStart, remoteStop } from "../kcov/remote_section.ts";
import { isThenable } from "./thenable.ts";

/** Runs `fn` in a section of `handle`, if one can begin; ends the section when `fn` returns or its promise settles. */
export function runInSection<T>(device: Device, handle: bigint, fn: () => T): T {
  if (!remoteStart(device, handle)) return fn();
  const stop = (): void => remoteStop(device);
  let result: T;
  try {
    result = fn();
  } catch (error) {
    stop();
    throw error;
  }
  if (isThenable(result)) return Promise.resolve(result).finally(stop) as T;
  stop();
  return result;
}
