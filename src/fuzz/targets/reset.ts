/** How a target's state is reset between inputs. */

import { STATE_EXPORTS } from "../../abi/hooks.ts";
import { TargetError } from "../../errors.ts";
import type { StateScope } from "../../instrument/index.ts";
import type { Reset } from "../engine.ts";
import type { Entry } from "./entry.ts";
import { LIBFUZZER_ENTRY } from "./entry.ts";
import type { ModuleState } from "./module_state.ts";

/** How a target is reset, and what the user should know about it. */
export interface ChosenReset {
  readonly reset: Reset;
  readonly note: string | undefined;
}

/**
 * Chooses what suits an entry, unless the user wants something else: libFuzzer's contract is that a target cleans up
 * after itself; no other function promises that; and a command runs once. A reset that cannot restore what the module
 * keeps is replaced by one that can.
 *
 * @throws {TargetError} ERR_TARGET_RESET: no reset can, or a command would run on the state that its last run left
 */
export function chooseReset(name: string, entry: Entry, wanted: Reset | undefined, state: ModuleState): ChosenReset {
  if (entry.kind === "command" && (wanted === "none" || wanted === "globals")) {
    throw new TargetError(
      "ERR_TARGET_RESET",
      `${name} is a program, which runs once: reset "${wanted}" would run it again on what it left; use "memory" or "instance"`,
    );
  }
  const reset = wanted ?? (entry.name === LIBFUZZER_ENTRY ? "none" : "memory");
  const missing = lacksOf(reset, state);
  if (missing.length === 0) return { reset, note: undefined };
  const reason = `reset ${reset} cannot put back ${missing.join(" and ")}`;
  const other = (["memory", "instance"] as const).find((each) => lacksOf(each, state).length === 0);
  if (other !== undefined) return { reset: other, note: `${name}: ${reason}: reset ${other} can, and is used` };
  const others = (["memory", "instance"] as const)
    .filter((each) => each !== reset)
    .map((each) => `reset ${each} cannot put back ${lacksOf(each, state).join(" and ")}`);
  const hint = entry.kind === "command" ? "" : "; reset none leaves everything as it is";
  throw new TargetError("ERR_TARGET_RESET", `${name}: ${[reason, ...others].join("; ")}${hint}`);
}

/** What a reset promises to restore but cannot: see module_state.ts. */
function lacksOf(reset: Reset, state: ModuleState): string[] {
  if (reset === "none") return [];
  if (reset === "instance") {
    const { importedState } = state;
    return importedState.length === 0 ? [] : [`what it imports and shares (${importedState.join(", ")})`];
  }
  const lacks: string[] = [];
  if (state.dropsSegments) lacks.push("segments that its code drops (data.drop, elem.drop)");
  if (state.changesObjects) lacks.push("objects of the garbage-collected heap");
  if (reset === "globals") return lacks;
  if (state.memories > 1) lacks.push(`its ${state.memories} memories`);
  if (state.hasOpaqueTable) lacks.push("a table of exceptions, which JavaScript cannot read");
  return lacks;
}

/** What a module must be instrumented for. */
export function scopeOf(reset: Reset): StateScope | undefined {
  return reset === "globals" || reset === "memory" ? reset : undefined;
}

/**
 * Checks that a module can be reset as requested.
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
}
