/** The device after the calls of the property test. */

import { KCOV_REMOTE_ENABLE, Kcov, type KcovMapping } from "../../src/index.ts";
import type { ModelOptions } from "./model_base.ts";
import type { RemoteRequest } from "./model_state.ts";
import type { Call } from "./steps.ts";

export class RealSystem {
  readonly kcov: Kcov;
  readonly mappings: KcovMapping[] = [];
  /** What the callback was told. */
  heard = 0;
  failing = "";

  static async create(options: ModelOptions): Promise<RealSystem> {
    let system: RealSystem | undefined;
    const failAllocation = (what: string): boolean => system?.fails(what) ?? false;
    system = new RealSystem(await Kcov.create({ ...options, maxBytes: 1 << 24, failAllocation }));
    return system;
  }

  private constructor(kcov: Kcov) {
    this.kcov = kcov;
    kcov.onWarning = () => {
      this.heard += 1;
    };
  }

  fails(what: string): boolean {
    if (this.failing !== what) return false;
    this.failing = "";
    return true;
  }

  run(call: Exclude<Call, ["inject", string]>): unknown {
    const { kcov } = this;
    switch (call[0]) {
      case "open":
        return kcov.open();
      case "dup":
        return kcov.dup(call[1], call[2]);
      case "close":
        return kcov.close(call[1]);
      case "ioctl":
        return kcov.ioctl(call[1], call[2], call[3]);
      case "remoteEnable":
        return kcov.ioctl(call[1], KCOV_REMOTE_ENABLE, call[3] === "object" ? call[2] : remoteStruct(call[2]));
      case "mmap": {
        const mapping = kcov.mmap(call[1], call[2], call[3]);
        this.mappings.push(mapping);
        return { pages: mapping.pages };
      }
      case "munmap":
        return this.mappings[call[1]]?.munmap();
      case "read":
        return [...this.#words(call[1], call[2], call[3])];
      case "write":
        this.#words(call[1], call[2], 1)[0] = call[3];
        return undefined;
      case "tracePc":
        return this.#hooks(call[2]).__sanitizer_cov_trace_pc(call[1]);
      case "traceCmp":
        return this.#traceCmp(call);
      case "traceSwitch":
        return kcov.traceSwitch(call[1], call[2], call[3]);
      case "taskInit":
        return kcov.taskInit(call[1]);
      case "switchTo":
        return kcov.switchTo(call[1]);
      case "taskExit":
        return kcov.taskExit(call[1]);
      case "reap":
        return kcov.reap(call[1]);
      case "setContext":
        return kcov.setContext(call[1]);
      case "setInTask":
        return kcov.setInTask(call[1]);
      case "remoteStart":
        return kcov.remoteStart(call[1]);
      case "remoteStop":
        return kcov.remoteStop();
      case "commonHandle":
        return kcov.commonHandle();
    }
  }

  #hooks(slides: boolean): Kcov["hooks"] {
    return slides ? this.kcov.hooks : (this.kcov.imports.kcov as unknown as Kcov["hooks"]);
  }

  #traceCmp([, bytes, isConst, arg1, arg2, pc, slides]: Extract<Call, ["traceCmp", ...unknown[]]>): void {
    const name = `__sanitizer_cov_trace_${isConst ? "const_" : ""}cmp` as const;
    const hooks = this.#hooks(slides);
    if (bytes === 8) hooks[`${name}8`](arg1, arg2, pc);
    else hooks[`${name}${bytes}`](Number(BigInt.asIntN(32, arg1)), Number(BigInt.asIntN(32, arg2)), pc);
  }

  #words(index: number, from: number, count: number): BigUint64Array<ArrayBufferLike> {
    const mapping = this.mappings[index];
    if (mapping === undefined) throw new Error(`no mapping ${index}`);
    return mapping.subarray(from, from + count);
  }
}

/** `struct kcov_remote_arg`, in a Buffer out of Node's pool as a user would have it. */
function remoteStruct({ traceMode, areaSize, numHandles, commonHandle, handles }: RemoteRequest): Uint8Array {
  const struct = Buffer.alloc(24 + 8 * handles.length);
  struct.writeUInt32LE(traceMode, 0);
  struct.writeUInt32LE(areaSize, 4);
  struct.writeUInt32LE(numHandles, 8);
  struct.writeBigUInt64LE(commonHandle, 16);
  for (const [index, handle] of handles.entries()) struct.writeBigUInt64LE(handle, 24 + 8 * index);
  return Buffer.from(struct);
}
