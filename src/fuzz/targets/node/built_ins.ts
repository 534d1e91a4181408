/**
 * JavaScript's built-in objects, which a script shares with the engine that fuzzes it. An input that makes the script
 * change them (by polluting a prototype, say) breaks more than the script.
 */

/** A property as it was. */
interface Known {
  readonly holder: object;
  readonly key: string | symbol;
  /** The property's descriptor; undefined if there was no such property. */
  readonly descriptor: PropertyDescriptor | undefined;
  readonly label: string;
}

/** Once in so many checks, all built-ins are looked at. */
const THOROUGH = 1024;
/** The most names in a message. */
const NAMED = 5;
/** What nothing works without, and is therefore checked after every execution. */
const VITAL: Readonly<Record<string, readonly string[]>> = {
  globalThis: ["Uint8Array", "Map", "Set", "Array", "Object", "Promise", "Math", "Atomics", "BigInt", "Error", "JSON"],
  "Array.prototype": ["push", "slice", "map", "filter", "join", "entries"],
  "Map.prototype": ["get", "set", "has"],
  "Set.prototype": ["has", "add"],
  "TypedArray.prototype": ["set", "subarray", "slice", "fill", "copyWithin"],
  Math: ["floor", "min", "max", "imul", "clz32"],
  JSON: ["stringify", "parse"],
  WebAssembly: ["Module", "Instance", "Memory", "Global"],
};

export class BuiltIns {
  readonly #known: readonly Known[];
  readonly #vital: readonly {
    readonly holder: Record<string, unknown>;
    readonly key: string;
    readonly value: unknown;
  }[];
  /** Inherits whatever is added to prototypes, and has no elements of its own. */
  readonly #probe: unknown[] = [];
  #countdown = THOROUGH;

  /** Records the current state of the built-ins, which is how they are to stay. */
  constructor() {
    const holders = holdersOf();
    const inherited = { holder: performance, key: "now", descriptor: undefined, label: "performance.now" };
    this.#known = [...Object.entries(holders).flatMap(([name, holder]) => propertiesOf(name, holder)), inherited];
    this.#vital = Object.entries(VITAL).flatMap(([name, keys]) => {
      const holder = holders[name] as Record<string, unknown>;
      return keys.map((key) => ({ holder, key, value: holder[key] }));
    });
  }

  /** Restores what has changed. @returns a message that says what had; undefined if nothing had */
  check(): string | undefined {
    if (--this.#countdown > 0 && !this.#isDamaged()) return undefined;
    this.#countdown = THOROUGH;
    const changed: string[] = [];
    let count = 0;
    const note = (label: string): void => {
      if (count < NAMED) changed[count] = label;
      count++;
    };
    for (let k = 0; k < this.#known.length; k++) {
      const known = this.#known[k] as Known;
      if (isAsItWas(known)) continue;
      restore(known);
      note(known.label);
    }
    for (const key in this.#probe) {
      const holder = Object.hasOwn(Array.prototype, key) ? Array.prototype : Object.prototype;
      note(`${holder === Array.prototype ? "Array" : "Object"}.prototype.${key}`);
      Reflect.deleteProperty(holder, key);
    }
    if (count === 0) return undefined;
    return `changed built-ins: ${changed.join(", ")}${count > NAMED ? `, and ${count - NAMED} more` : ""}`;
  }

  #isDamaged(): boolean {
    const vital = this.#vital;
    for (let k = 0; k < vital.length; k++) {
      const { holder, key, value } = vital[k] as (typeof vital)[number];
      if (holder[key] !== value) return true;
    }
    for (const _key in this.#probe) return true;
    return false;
  }
}

function holdersOf(): Record<string, object> {
  const typedArray = Object.getPrototypeOf(Uint8Array);
  return {
    globalThis,
    Object,
    "Object.prototype": Object.prototype,
    "Function.prototype": Function.prototype,
    Array,
    "Array.prototype": Array.prototype,
    TypedArray: typedArray,
    "TypedArray.prototype": typedArray.prototype,
    "ArrayBuffer.prototype": ArrayBuffer.prototype,
    "DataView.prototype": DataView.prototype,
    "Map.prototype": Map.prototype,
    "Set.prototype": Set.prototype,
    "WeakMap.prototype": WeakMap.prototype,
    Promise,
    "Promise.prototype": Promise.prototype,
    "String.prototype": String.prototype,
    "RegExp.prototype": RegExp.prototype,
    Number,
    "Number.prototype": Number.prototype,
    BigInt,
    Error,
    "Error.prototype": Error.prototype,
    Math,
    JSON,
    Reflect,
    Atomics,
    WebAssembly,
    performance: Object.getPrototypeOf(performance),
  };
}

/** Of the global object's properties, only non-enumerable values: the others are loaded when they are first used. */
function propertiesOf(name: string, holder: object): Known[] {
  return Reflect.ownKeys(holder).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
    if (holder === globalThis && (!("value" in descriptor) || descriptor.enumerable)) return [];
    if (holder === Error && key === "stackTraceLimit") return [];
    return [{ holder, key, descriptor, label: name === "globalThis" ? String(key) : `${name}.${String(key)}` }];
  });
}

function isAsItWas({ holder, key, descriptor }: Known): boolean {
  const now = Object.getOwnPropertyDescriptor(holder, key);
  if (now === undefined || descriptor === undefined) return now === descriptor;
  return Object.is(now.value, descriptor.value) && now.get === descriptor.get && now.set === descriptor.set;
}

function restore({ holder, key, descriptor }: Known): void {
  if (descriptor === undefined) Reflect.deleteProperty(holder, key);
  else Reflect.defineProperty(holder, key, descriptor);
}
