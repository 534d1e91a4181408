/** How a target's state is put back between inputs. */

import { STATE_EXPORTS } from "../../abi/hooks.ts";
import { TargetError } from "../../errors.ts";
import type { StateScope } from "../../instrument/index.ts";
import type { Reset } from "../engine.ts";
import type { Entry } from "./entry.ts";
import { LIBFUZZER_ENTRY } from "./entry.ts";

/**
 * What suits an entry, unless the user wants something else: libFuzzer's contract is that a target cleans up behind
 * itself; nobody says so of any other function; and a command runs once.
 *
 * @throws {TargetError} ERR_TARGET_RESET a command would run on what its last run left
 */
export function resetFor(name: string, entry: Entry, wanted: Reset | undefined): Reset {
  if (entry.kind === "command" && (wanted === "none" || wanted === "globals")) {
    throw new TargetError(
      "ERR_TARGET_RESET",
      `${name} is a program, which runs once: reset "${wanted}" would run it again on what it left; use "memory" or "instance"`,
    );
  }
  return wanted ?? (entry.name === LIBFUZZER_ENTRY ? "none" : "memory");
}

/** What a module must be instrumented for. */
export function scopeOf(reset: Reset): StateScope | undefined {
  return reset === "globals" || reset === "memory" ? reset : undefined;
}

/**
 * Checks that a module can be put back as wanted.
 *
 * @throws {TargetError} ERR_TARGET_RESET
 */
export function checkResettable(name: string, module: WebAssembly.Module, reset: Reset): void {
  const exported = new Set(WebAssembly.Module.exports(module).map((each) => each.name));
  if (scopeOf(reset) !== undefined && !exported.has(STATE_EXPORTS.restore)) {
    throw new TargetError(
      "ERR_TARGET_RESET",
      `${name} was instrumented without state: ${reset}; give the original module, or reset none or instance`,
    );
  }
  if (reset !== "memory") return;
  if (!exported.has(STATE_EXPORTS.tablesChanged)) {
    throw new TargetError(
      "ERR_TARGET_RESET",
      `${name} was instrumented with state: globals; give the original module, or another reset`,
    );
  }
  const hasMemory = WebAssembly.Module.exports(module).some(
    ({ kind, name: each }) => kind === "memory" && each !== STATE_EXPORTS.memory,
  );
  if (hasMemory && !exported.has(STATE_EXPORTS.memory)) {
    throw new TargetError("ERR_TARGET_RESET", `${name} has several memories: use reset instance`);
  }
}
