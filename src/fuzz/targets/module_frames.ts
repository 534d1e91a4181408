/** Determines which of several modules a stack frame belongs to. */

import { hashInUrl } from "../../loader/module_urls.ts";
import type { CrashFrame } from "../engine.ts";
import type { LoadedModule } from "./loaded_module.ts";
import type { FrameNames } from "./outcome.ts";

/** Modules by the URLs that V8 gives them in stacks, which end with a hash of their bytes. */
export class ModuleFrames implements FrameNames {
  readonly #modules: () => readonly LoadedModule[];

  /** @param modules returns the modules that frames may belong to */
  constructor(modules: () => readonly LoadedModule[]) {
    this.#modules = modules;
  }

  resolve(url: string, func: number, offset: number, pc?: number): CrashFrame | undefined {
    const hash = hashInUrl(url);
    if (hash === undefined) return undefined;
    return this.#modules()
      .find(({ hashes }) => hashes.includes(hash))
      ?.frame(func, offset, pc);
  }
}
