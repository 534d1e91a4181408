/**
 * A module's `LLVMFuzzerCustomMutator` and `LLVMFuzzerCustomCrossOver`, which know its input format better than any
 * engine. They run in an instance of their own, so that what they reach and leave behind is not attributed to an input.
 */

import { TargetError } from "../../errors.ts";
import type { CustomMutations, DefaultMutation } from "../engine.ts";
import type { GuestMemory } from "./guest_memory.ts";
import { type InstancePlan, TargetInstance } from "./instance.ts";
import { reasonOf } from "./outcome.ts";

export const CUSTOM_MUTATOR = "LLVMFuzzerCustomMutator";
export const CUSTOM_CROSS_OVER = "LLVMFuzzerCustomCrossOver";
/** What a custom mutator may import to apply one of the engine's own mutations. */
export const DEFAULT_MUTATOR = "LLVMFuzzerMutate";

type WasmFunction = (...args: (number | bigint)[]) => number | bigint;

/** The current implementation of `LLVMFuzzerMutate`, which is called only from within a custom mutator. */
export class DefaultMutator {
  mutation: DefaultMutation | undefined;
  memory: GuestMemory | undefined;

  /** `size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)` */
  readonly call = (address: number | bigint, size: number | bigint, limit: number | bigint): number | bigint => {
    const { mutation, memory } = this;
    const is64 = typeof address === "bigint";
    const result =
      mutation === undefined || memory === undefined ? Number(size) : mutate(memory, mutation, address, size, limit);
    return is64 ? BigInt(result) : result;
  };
}

function mutate(
  memory: GuestMemory,
  mutation: DefaultMutation,
  address: number | bigint,
  size: number | bigint,
  limit: number | bigint,
): number {
  const [length, most] = [Number(size) >>> 0, Number(limit) >>> 0];
  const data = new Uint8Array(Math.max(length, most));
  data.set(memory.read(address, length));
  const mutated = mutation(data, length, most);
  memory.write(address, data.subarray(0, mutated));
  return mutated;
}

/** @returns undefined if the module exports neither function */
export function customMutationsOf(
  plan: InstancePlan,
  fallback: DefaultMutator,
  limit: number,
): CustomMutations | undefined {
  const exported = new Set(WebAssembly.Module.exports(plan.module).map(({ name }) => name));
  if (!exported.has(CUSTOM_MUTATOR) && !exported.has(CUSTOM_CROSS_OVER)) return undefined;
  const module = new ModuleMutations(plan, fallback, limit);
  return {
    mutate: exported.has(CUSTOM_MUTATOR)
      ? (data, size, most, seed, mutation) => module.mutate(data, size, most, seed, mutation)
      : undefined,
    crossOver: exported.has(CUSTOM_CROSS_OVER)
      ? (first, second, out, most, seed) => module.crossOver(first, second, out, most, seed)
      : undefined,
  };
}

/** The mutations of a module. Their instance is created on first use. */
class ModuleMutations {
  readonly #plan: InstancePlan;
  readonly #fallback: DefaultMutator;
  /** Size of a buffer in bytes. */
  readonly #limit: number;
  #instance: TargetInstance | undefined;
  #buffers: number[] = [];

  constructor(plan: InstancePlan, fallback: DefaultMutator, limit: number) {
    this.#plan = plan;
    this.#fallback = fallback;
    this.#limit = limit;
  }

  /** `size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)` */
  mutate(data: Uint8Array, size: number, limit: number, seed: number, mutation: DefaultMutation): number {
    const memory = this.#open();
    const at = this.#buffer(0);
    memory.write(at, data.subarray(0, size));
    this.#fallback.mutation = mutation;
    this.#fallback.memory = memory;
    const most = Math.min(limit, this.#limit);
    const mutated = this.#call(CUSTOM_MUTATOR, [at, size, most], seed);
    return this.#take(memory, at, mutated, most, data);
  }

  /** `size_t LLVMFuzzerCustomCrossOver(d1, s1, d2, s2, out, max_out_size, unsigned seed)` */
  crossOver(first: Uint8Array, second: Uint8Array, out: Uint8Array, limit: number, seed: number): number {
    const memory = this.#open();
    const [a, b, at] = [this.#buffer(0), this.#buffer(1), this.#buffer(2)];
    const [one, other] = [first.subarray(0, this.#limit), second.subarray(0, this.#limit)];
    memory.write(a, one);
    memory.write(b, other);
    const most = Math.min(limit, this.#limit);
    const made = this.#call(CUSTOM_CROSS_OVER, [a, one.length, b, other.length, at, most], seed);
    return this.#take(memory, at, made, most, out);
  }

  #open(): GuestMemory {
    this.#instance ??= new TargetInstance(this.#plan);
    const { memory } = this.#instance;
    if (memory === undefined) throw this.#failure(CUSTOM_MUTATOR, "the module has no memory");
    this.#plan.wasi.memory = memory;
    return memory;
  }

  #buffer(index: number): number {
    while (this.#buffers.length <= index) this.#buffers.push((this.#instance as TargetInstance).allocate(this.#limit));
    return this.#buffers[index] as number;
  }

  /** @param seed `unsigned`: 32 bits for any address size */
  #call(name: string, args: readonly number[], seed: number): number {
    const { entry } = this.#plan;
    const is64 = entry.kind === "function" && entry.is64;
    const call = this.#instance?.exports[name] as WasmFunction;
    try {
      const result = call(...args.map((arg) => (is64 ? BigInt(arg) : arg)), seed | 0);
      return typeof result === "bigint" ? Number(BigInt.asUintN(64, result)) : result >>> 0;
    } catch (error) {
      throw this.#failure(name, reasonOf(error));
    }
  }

  #take(memory: GuestMemory, address: number, size: number, limit: number, into: Uint8Array): number {
    if (size > limit) throw this.#failure("a custom mutation", `it made ${size} bytes, where ${limit} are the most`);
    into.set(memory.read(address, size));
    return size;
  }

  #failure(what: string, reason: string): TargetError {
    return new TargetError("ERR_TARGET", `${this.#plan.name}: ${what} failed: ${reason}`);
  }
}
