/** Determines which of several modules a stack frame belongs to. */

import type { Kcov } from "../../runtime/kcov.ts";
import type { CrashFrame } from "../engine.ts";
import type { LoadedModule } from "./loaded_module.ts";
import { callingModuleUrl, type FrameNames } from "./outcome.ts";

/**
 * Modules by the URLs that the JavaScript engine gives them in stacks. A module asks for its counters when it is
 * instantiated, and the stack at that moment contains its URL.
 */
export class ModuleFrames implements FrameNames {
  readonly #modules: () => readonly LoadedModule[];
  readonly #byUrl = new Map<string, LoadedModule>();

  /** @param modules returns the modules that frames may belong to */
  constructor(modules: () => readonly LoadedModule[]) {
    this.#modules = modules;
  }

  /** Notes the URLs of modules that are instantiated from now on. @returns a function that ends that */
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
