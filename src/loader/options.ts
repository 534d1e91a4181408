/** What a loader is given, and what it tells. */

/** Where a module came from, as far as that is known. */
export interface ModuleSource {
  /** URL of the response that it was streamed from. */
  readonly url?: string | undefined;
  /** Absolute path of the file that its bytes were read from. */
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
  /** A function is called once, when the first module is instantiated that needs them. */
  imports: LoaderImports | (() => LoaderImports);
  /**
   * Instruments a module; those that Node.js loads for itself are not shown to it. It may return the bytes as they are,
   * and must do so for bytes that are no module: the engine then reports what is wrong with them, as it would have
   * without a loader. It is called once for each content: what was transformed is kept and used again.
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
   * Asked about a module that came instrumented: true, and its instances get `imports`, unless the program gives them all that
   * they import of that itself. By default it is the program's.
   */
  adopt?(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): boolean;
  /** Told when a content that was transformed before is compiled again. */
  repeated?(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): void;
}

/** The loader at work. */
export interface Loader {
  /** Does the same to `WebAssembly` of another realm: of a frame, or of a context of node:vm. */
  addRealm(namespace: typeof WebAssembly): void;
  /** Puts the engine's own functions back. Modules that were loaded stay instrumented. */
  [Symbol.dispose](): void;
}

/** The script that asks for a module. */
export interface Caller {
  /** Absolute path or URL of the innermost script; undefined where there is none. */
  readonly script: string | undefined;
  /** It is Node.js itself, for its own use: its HTTP parser, say. */
  readonly isHost: boolean;
}

/** What the loader asks of the program that it runs in. */
export interface LoaderHost {
  caller(): Caller;
  /** Absolute path of the file with this content, if it can be told. */
  locate?(binary: Uint8Array<ArrayBuffer>, caller: Caller): string | undefined;
}
