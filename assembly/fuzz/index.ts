// What the built-in fuzz engine does with device memory after every execution. A separate module, which instrumented
// code does not use.

export { collectOutcomes, collectValueProfile, hasOutcome, hasProfileFeature } from "./comparison_features";
export { clearCounters, collectFeatures, listFeatures } from "./counter_features";
