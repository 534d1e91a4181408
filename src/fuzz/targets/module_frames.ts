/** Tells which of several modules a frame of a stack belongs to. */

import type { Kcov } from "../../runtime/kcov.ts";
import type { CrashFrame } from "../engine.ts";
import type { LoadedModule } from "./loaded_module.ts";
import { callingModuleUrl, type FrameNames } from "./outcome.ts";

/**
 * Modules by the URLs that the engine gives them in stacks. A module asks for its counters when it is instantiated, and
 * the stack of that moment has its URL.
 */
export class ModuleFrames implements FrameNames {
  readonly #modules: () => readonly LoadedModule[];
  readonly #byUrl = new Map<string, LoadedModule>();

  /** @param modules that frames may belong to */
  constructor(modules: () => readonly LoadedModule[]) {
    this.#modules = modules;
  }

  /** Looks at modules that are instantiated from now on. @returns what ends that */
  listen(kcov: Kcov): () => void {
    const { onCounters } = kcov;
    kcov.onCounters = (counters) => {
      this.#announce(counters.id);
      onCounters?.(counters);
    };
    return () => {
      kcov.onCounters = onCounters;
    };
  }

  #announce(id: bigint): void {
    const url = callingModuleUrl();
    const module = this.#modules().find((each) => each.id === id);
    if (url !== undefined && module) this.#byUrl.set(url, module);
  }

  resolve(url: string, func: number, offset: number, pc?: number): CrashFrame | undefined {
    return this.#byUrl.get(url)?.frame(func, offset, pc);
  }
}
