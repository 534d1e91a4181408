/**
 * Built-in functions, saved when this module is first imported: the loader runs in the middle of programs that may
 * replace any of them later. Where one of these is used, a method call would depend on the program.
 */

export const apply: typeof Reflect.apply = Reflect.apply;
export const construct: typeof Reflect.construct = Reflect.construct;
export const defineProperty: typeof Reflect.defineProperty = Reflect.defineProperty;
export const has: typeof Reflect.has = Reflect.has;
export const get: typeof Reflect.get = Reflect.get;
export const getOwnPropertyDescriptor: typeof Reflect.getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const create: typeof Object.create = Object.create;
export const Bytes: Uint8ArrayConstructor = Uint8Array;
export const ProxyOf: ProxyConstructor = Proxy;

const isView: typeof ArrayBuffer.isView = ArrayBuffer.isView;
const promiseThen = Promise.prototype.then;
const weakGet = WeakMap.prototype.get;
const weakSet = WeakMap.prototype.set;
const setAll = Uint8Array.prototype.set;
const startsWithText = String.prototype.startsWith;
const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const sharedLength =
  typeof SharedArrayBuffer === "undefined" ? undefined : getter(SharedArrayBuffer.prototype, "byteLength");

/** `promise.then(onFulfilled)`, for promises of any realm. */
export function chain<T, R>(promise: Promise<T>, onFulfilled: (value: T) => R): Promise<R> {
  return apply(promiseThen, promise, [onFulfilled]);
}

/** A WeakMap that does not depend on the prototype's current methods. */
export class OwnWeakMap<K extends WeakKey, V> {
  readonly #map = new WeakMap<K, V>();

  get(key: K): V | undefined {
    return apply(weakGet, this.#map, [key]);
  }

  set(key: K, value: V): void {
    apply(weakSet, this.#map, [key, value]);
  }
}

/** Copies what engines accept as bytes, from any realm. @returns undefined if it is something else, or detached */
export function copyBytes(source: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (!isObject(source) || (!isView(source) && !isBuffer(source))) return undefined;
  try {
    const view = isView(source)
      ? new Bytes(source.buffer, source.byteOffset, source.byteLength)
      : new Bytes(source as ArrayBuffer);
    const copy = new Bytes(view.length);
    apply(setAll, copy, [view]);
    return copy;
  } catch {
    return undefined;
  }
}

export function startsWith(text: string, start: string): boolean {
  return apply(startsWithText, text, [start]);
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isBuffer(source: object): boolean {
  return answers(bufferLength, source) || answers(sharedLength, source);
}

/** Whether a getter accepts an object as one of its kind, which works across realms. */
function answers(getter: (() => unknown) | undefined, object: object): boolean {
  if (getter === undefined) return false;
  try {
    apply(getter, object, []);
    return true;
  } catch {
    return false;
  }
}

function getter(prototype: object, name: string): (() => unknown) | undefined {
  return getOwnPropertyDescriptor(prototype, name)?.get;
}
