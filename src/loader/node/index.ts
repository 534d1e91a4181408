export { HOST, type Host, OPTION_VARIABLES } from "./host.ts";
export { installNodeLoader } from "./install.ts";
export type { ChildStart, EndReason, NodeLoaderOptions, PlaceFinder, WorkerPlan } from "./options.ts";
export { ENDING_SIGNALS, ignoresSignal } from "./signal_notes.ts";
export { hidePreload, preloadOptions, takeWorkerSetup } from "./workers.ts";
