/** The options of a loader, and its interfaces. */

/** Where a module came from, as far as known. */
export interface ModuleSource {
  /** URL of the response from which it was streamed. */
  readonly url?: string | undefined;
  /** Absolute path of the file from which its bytes were read. */
  readonly path?: string | undefined;
  /** Absolute path or URL of the script that compiled it. */
  readonly script?: string | undefined;
}

/** What the instances of transformed modules import: `kcov.imports`. */
export interface LoaderImports {
  /** The module "kcov" of the import object. */
  readonly kcov: object;
}

/** What a loader does with the modules that it sees. */
export interface LoaderOptions {
  /** The imports, or a function that is called once, when the first module that needs them is instantiated. */
  imports: LoaderImports | (() => LoaderImports);
  /**
   * Instruments a module; not called for those that Node.js loads for itself. It may return the bytes as they are, and
   * must do so for bytes that are not a module: the engine then reports what is wrong with them, as it would have done
   * without a loader. It is called once for each content: transformed modules are kept and reused.
   */
  transform(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer>;
  /**
   * The same where the program waits for a promise anyway, so that its event loop can turn meanwhile; by default it is
   * `transform` there, too. It does not reject.
   */
  transformLater?(
    binary: Uint8Array<ArrayBuffer>,
    source: ModuleSource,
  ): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Called for a module that is instrumented already. If it returns true, instances get `imports`, unless the program
   * itself provides everything that they import from the device. By default the module is left to the program.
   */
  adopt?(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): boolean;
  /** Called when a content that was transformed before is compiled again. */
  repeated?(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): void;
}

/** An installed loader. */
export interface Loader {
  /** Replaces the functions in the `WebAssembly` of another realm, too: that of a frame, or of a node:vm context. */
  addRealm(namespace: typeof WebAssembly): void;
  /** Restores the engine's own functions. Modules that were loaded stay instrumented. */
  [Symbol.dispose](): void;
}

/** Who loads a module. */
export interface Caller {
  /** Absolute path or URL of the innermost script; undefined if there is none. */
  readonly script: string | undefined;
  /** Whether it is Node.js itself, for its own use: its HTTP parser, for example. */
  readonly isHost: boolean;
}

/** Answers the loader's questions about the environment in which it runs. */
export interface LoaderHost {
  caller(): Caller;
  /** Absolute path of the file with this content, if known. */
  locate?(binary: Uint8Array<ArrayBuffer>, caller: Caller): string | undefined;
}
