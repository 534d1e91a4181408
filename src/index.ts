/// <reference lib="esnext.disposable" preserve="true" />

/** kcov for WebAssembly: a coverage device with the semantics of the Linux kernel's. Runs in Node.js and browsers. */

export {
  EBADF,
  EBUSY,
  EEXIST,
  EFAULT,
  EINVAL,
  EMFILE,
  ENOMEM,
  ENOTSUPP,
  ENOTTY,
} from "./abi/errno.ts";
export {
  KCOV_ACCESS_MASK,
  KCOV_CMP_TYPE_MAX,
  KCOV_EVENT_INDIRECT_CALL,
  KCOV_EVENT_LOAD,
  KCOV_EVENT_STACK_DEPTH,
  KCOV_EVENT_STORE,
} from "./abi/events.ts";
export {
  KCOV_INSTANCE_MASK,
  KCOV_SUBSYSTEM_COMMON,
  KCOV_SUBSYSTEM_MASK,
  KCOV_SUBSYSTEM_USB,
  kcovRemoteHandle,
} from "./abi/handle.ts";
export {
  KCOV_CMP_CONST,
  KCOV_CMP_MASK,
  KCOV_CMP_SIZE1,
  KCOV_CMP_SIZE2,
  KCOV_CMP_SIZE4,
  KCOV_CMP_SIZE8,
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_REMOTE_MAX_HANDLES,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_WORDS_PER_CMP,
} from "./abi/kcov.ts";
export {
  KCOV_RECORD_ENTRY,
  KCOV_RECORD_EXIT,
  KCOV_RECORD_NORMAL,
  KCOV_RECORD_PC_BITS,
  KCOV_RECORD_TYPE_SHIFT,
  KCOV_RESET_TRACE,
  KCOV_TRACE_PC_EXT,
  KCOV_UNIQUE_ENABLE,
} from "./abi/proposals.ts";
export { KcovError } from "./errors.ts";
export type { AllocationKind, FailAllocation, KcovContext } from "./kcov/device.ts";
export { KcovMapping } from "./kcov/mapping.ts";
export type { KcovRemoteArg, KcovRemoteArgFields } from "./kcov/remote_arg.ts";
export type { KcovAbi } from "./kcov/rules.ts";
export type {
  KcovAreaName,
  KcovDescriptorSnapshot,
  KcovModeName,
  KcovSavedSnapshot,
  KcovSnapshot,
  KcovTaskSnapshot,
} from "./kcov/snapshot.ts";
export {
  installLoader,
  type Loader,
  type LoaderImports,
  type LoaderOptions,
  type ModuleSource,
} from "./loader/index.ts";
export { type CallEvent, type CallNode, callEvents, callTree } from "./runtime/calls.ts";
export { type CounterImports, CounterStore, type ModuleCounters } from "./runtime/counter_store.ts";
export type { KcovCounters } from "./runtime/counters.ts";
export type { KcovDirtyMap } from "./runtime/dirty_maps.ts";
export type { ComparisonCounts, PcCounts } from "./runtime/fold.ts";
export type { KcovHooks } from "./runtime/hooks.ts";
export type { KcovImports } from "./runtime/imports.ts";
export { Kcov } from "./runtime/kcov.ts";
export { type MemoryBlock, MemoryError, type MemoryErrorKind, type MemoryReport } from "./runtime/memory_report.ts";
export type { KcovAttachOptions, KcovCreateOptions, KcovProposal } from "./runtime/options.ts";
export {
  type Comparison,
  comparisonType,
  decodeComparisons,
  decodeEvents,
  decodePcs,
  type TraceEvent,
} from "./runtime/records.ts";
export type { OnMemoryError } from "./runtime/sanitizer.ts";
export type { Trace, TraceOptions } from "./runtime/trace.ts";
