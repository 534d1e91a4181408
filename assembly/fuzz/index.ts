// What the built-in fuzz engine does with device memory after every execution. A module of its own, with no part in
// instrumented code.

export { foldComparisons, foldOutcomes, hasOutcome, hasProfileFeature } from "./fold_comparisons";
export { clearCounters, foldCounters, listFeatures } from "./fold_counters";
