// What the built-in fuzz engine does with device memory after every execution. A separate module, which instrumented
// code does not use.

export { foldComparisons, foldOutcomes, hasOutcome, hasProfileFeature } from "./fold_comparisons";
export { clearCounters, foldCounters, listFeatures } from "./fold_counters";
