/** Replacing functions inconspicuously: by proxies, with the attributes of the original properties. */

import { create, defineProperty, getOwnPropertyDescriptor, ProxyOf } from "./primordials.ts";

/** A function that is replaced. */
export type Fn = (...args: never[]) => unknown;

/** A replacement for a function: it is called with the function, `this` (or the target of `new`) and the arguments. */
export type Replacement = (target: Fn, self: unknown, args: unknown[]) => unknown;

/** Replaces a function by a proxy of it. */
export function replace(holder: object, name: string, replacement: Replacement): () => void {
  return replaceValue(holder, name, (original) => {
    const handler = create(null) as ProxyHandler<Fn>;
    handler.apply = replacement as never;
    return new ProxyOf(original as Fn, handler);
  });
}

/** The same for a constructor. If the proxy itself is the target of `new`, the engine sees its own constructor. */
export function replaceConstructor(holder: object, name: string, replacement: Replacement): () => void {
  return replaceValue(holder, name, (original) => {
    const handler = create(null) as ProxyHandler<Fn>;
    handler.construct = (target, args, newTarget) =>
      replacement(target, (newTarget as unknown) === proxy ? target : newTarget, args) as object;
    const proxy: Fn = new ProxyOf(original as Fn, handler);
    return proxy;
  });
}

/** Changes the value of a property, and keeps its attributes. A missing or unchangeable property stays as it is. */
export function replaceValue(holder: object, name: string, make: (original: unknown) => unknown): () => void {
  const before = getOwnPropertyDescriptor(holder, name);
  if (before?.value === undefined) return () => {};
  const value = make(before.value);
  setValue(holder, name, before, value);
  return () => {
    if (getOwnPropertyDescriptor(holder, name)?.value === value) setValue(holder, name, before, before.value);
  };
}

function setValue(holder: object, name: string, like: PropertyDescriptor, value: unknown): void {
  const descriptor = create(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = like.writable ?? false;
  descriptor.enumerable = like.enumerable ?? false;
  descriptor.configurable = like.configurable ?? false;
  defineProperty(holder, name, descriptor);
}
