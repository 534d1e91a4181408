/** Announces suspensions of WebAssembly (JSPI) to followers. */

/** Notified when WebAssembly is about to wait for a promise. */
export interface SuspensionFollower {
  /** @returns what to run right before WebAssembly resumes, and right after it has returned or is suspended again */
  follow(): Continuation | undefined;
}

export interface Continuation {
  resume(): void;
  suspend(): void;
}

/** `WebAssembly.Suspending`, which is not in the types yet. */
type Suspending = new (fn: (...args: unknown[]) => unknown) => object;

/** Key of the replaced `Suspending` for its followers, by which other copies of this library recognise it. */
const FOLLOWERS = Symbol.for("wasm-kcov.suspension-followers");

/**
 * Replaces this realm's `WebAssembly.Suspending`, once, so that imports created with it from now on announce their
 * promises. Has no effect if there is none.
 */
export function watchSuspensions(): void {
  const found = Object.getOwnPropertyDescriptor(WebAssembly, "Suspending");
  if (typeof found?.value !== "function" || found.configurable !== true || followersOf() !== undefined) return;
  const followers = new Set<SuspensionFollower>();
  const value = new Proxy(found.value as Suspending, {
    construct: (target, [fn, ...rest], newTarget) =>
      Reflect.construct(target, [typeof fn === "function" ? telling(fn, followers) : fn, ...rest], newTarget),
    get: (target, name, receiver) => (name === FOLLOWERS ? followers : Reflect.get(target, name, receiver)),
  });
  Object.defineProperty(WebAssembly, "Suspending", { ...found, value });
}

/** Adds a follower. @returns a function that removes it */
export function followSuspensions(follower: SuspensionFollower): () => void {
  const followers = followersOf();
  followers?.add(follower);
  return () => followers?.delete(follower);
}

function followersOf(): Set<SuspensionFollower> | undefined {
  const { Suspending } = WebAssembly as { Suspending?: { [FOLLOWERS]?: Set<SuspensionFollower> } };
  return Suspending?.[FOLLOWERS];
}

function telling(fn: (...args: unknown[]) => unknown, followers: Set<SuspensionFollower>) {
  return function (this: unknown, ...args: unknown[]): unknown {
    const result = Reflect.apply(fn, this, args);
    const continuations = [...followers].map((follower) => follower.follow()).filter((each) => each !== undefined);
    // The engine waits for whatever is returned, even if it is not a promise.
    return continuations.length === 0 ? result : gate(Promise.resolve(result), continuations);
  };
}

/**
 * Returns a promise that settles as `promise` does. The engine appends a job that resumes WebAssembly to its reactions.
 * One reaction before that job calls `resume`. One after it calls `suspend`: that can be appended only after the engine
 * has appended its own, which is still before the promise can settle. All three are then queued together, and nothing
 * runs in between.
 */
function gate(promise: Promise<unknown>, continuations: readonly Continuation[]): Promise<unknown> {
  const resume = (): void => {
    for (const each of continuations) each.resume();
  };
  const suspend = (): void => {
    for (const each of continuations) each.suspend();
  };
  const waited = new Promise((resolve, reject) => {
    queueMicrotask(() => {
      waited.then(suspend, suspend);
      promise.then(resolve, reject);
    });
  });
  waited.then(resume, resume);
  return waited;
}
