/** Announces suspensions of WebAssembly (JSPI) to those that ask for it. */

/** Is asked when WebAssembly is about to wait for a promise. */
export interface SuspensionFollower {
  /** @returns what is to run right before WebAssembly goes on, and right after it has returned or is suspended again */
  follow(): Continuation | undefined;
}

export interface Continuation {
  resume(): void;
  suspend(): void;
}

/** `WebAssembly.Suspending`, which is not in the types yet. */
type Suspending = new (fn: (...args: unknown[]) => unknown) => object;

/** Under which the realm's `Suspending` keeps who follows it: the replaced one is known by this, also to another copy. */
const FOLLOWERS = Symbol.for("wasm-kcov.suspension-followers");

/**
 * Replaces this realm's `WebAssembly.Suspending`, once, so that imports which are made with it from now on tell of their
 * promises. Without effect where there is none.
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

/** @returns ends it */
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
    // The engine waits for whatever comes back, also for what is no promise.
    return continuations.length === 0 ? result : gate(Promise.resolve(result), continuations);
  };
}

/**
 * A promise that settles as `promise` does. The engine appends the job that goes on to its reactions. One reaction
 * before it resumes; one after it suspends, which can be appended only when the engine has done so, and so is before the
 * promise can settle. All three are queued at once then: nothing runs in between.
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
