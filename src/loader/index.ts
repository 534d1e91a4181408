export { isAdded as isAddedImport, plainFunctions } from "./imports.ts";
export { canInstall, installLoader } from "./loader.ts";
export type { Caller, Loader, LoaderHost, LoaderImports, LoaderOptions, ModuleSource } from "./options.ts";
