export { HOST, type Host, OPTION_VARIABLES } from "./host.ts";
export { installNodeLoader } from "./install.ts";
export type { ChildStart, EndReason, NodeLoaderOptions, WorkerPlan } from "./options.ts";
export { hidePreload, preloadOptions, takeWorkerSetup } from "./workers.ts";
