export { installNodeLoader } from "./install.ts";
export type { ChildStart, EndReason, NodeLoaderOptions, WorkerPlan } from "./options.ts";
export { canRequireModules, hidePreload, preloadOptions, takeWorkerSetup } from "./workers.ts";
