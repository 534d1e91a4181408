// What the built-in fuzz engine does with device memory after every execution. A module of its own, with no part in
// instrumented code.

export { collectOutcomes, collectValueProfile, hasOutcome, hasProfileFeature } from "./comparison_features";
export { clearCounters, collectFeatures, listFeatures } from "./counter_features";
