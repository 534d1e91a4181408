/** The npm package koffi, an optional peer dependency, calls functions of shared objects and of the C library. Only the adapters need it. */

/** A pointer as koffi represents it: an address. */
export type Address = bigint;

/** The part of koffi's interface that is used. */
export interface Koffi {
  load(
    path: string | null,
    options?: { global?: boolean },
  ): {
    func(declaration: string): (...args: unknown[]) => unknown;
  };
  proto(declaration: string): unknown;
  pointer(type: unknown): unknown;
  /** @returns a pointer to a C function that calls `callback` */
  register(callback: (...args: never[]) => unknown, type: unknown): Address;
  /** Address of a typed array's first byte. */
  address(value: ArrayBufferView): Address;
  /** A buffer over memory outside of JavaScript: live, not a copy. */
  view(pointer: Address, bytes: number): ArrayBuffer;
}

/** koffi is not installed, or does not work here. The message says what to do. */
export class MissingKoffiError extends Error {
  override readonly name = "MissingKoffiError";
}

/** Loads koffi. @throws {MissingKoffiError} */
export async function loadKoffi(): Promise<Koffi> {
  try {
    const module = (await import("koffi")) as unknown as { default?: Koffi };
    return module.default ?? (module as unknown as Koffi);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND") {
      throw new MissingKoffiError("this needs the npm package koffi, which is not installed: npm install koffi");
    }
    throw new MissingKoffiError(`the npm package koffi does not work here: ${message.split("\n", 1)[0]}`);
  }
}

/** What koffi's `load` gives. */
export type Library = ReturnType<Koffi["load"]>;

/** @throws {Error} there is none that is known */
export function loadLibc(koffi: Koffi): Library {
  // The process itself has it: null is dlopen's name for that, whatever the file is called (glibc, musl, macOS).
  return koffi.load(null);
}
