/** The package declares the interface that bundlers provide; this is the module underneath. */
declare module "gecko-profiler-demangle/index_bg.js" {
  export function demangle_any(name: string): string;
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
}
