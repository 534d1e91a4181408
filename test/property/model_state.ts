/** The state of the model, and how it reads in the format of `inspect()`. */

import type { KcovAbi, KcovAreaName, KcovContext, KcovModeName, KcovSnapshot } from "../../src/index.ts";
import type { Area } from "./model_area.ts";

export interface ModelKcov {
  id: number;
  mode: KcovModeName;
  size: number;
  area: Area | null;
  task: ModelTask | null;
  remote: boolean;
  remoteSize: number;
  sequence: number;
  refcount: number;
  /** One of the references is its owner's. */
  owned: boolean;
}

export interface ModelTask {
  id: number;
  mode: KcovModeName;
  size: number;
  area: Area | null;
  kcov: ModelKcov | null;
  /** The private area, inside a section. */
  section: Area | null;
  sequence: number;
  handle: bigint;
  softirq: boolean;
  remoteKcov: ModelKcov | null;
}

/** What a soft interrupt has set aside. */
export type ModelSaved = Pick<ModelTask, "mode" | "size" | "area" | "section" | "sequence"> & { kcov: ModelKcov };

export interface Mapping {
  /** null: the mapping has no pages. */
  area: Area | null;
  length: number;
  missing: Set<number>;
  mapped: boolean;
}

export interface RemoteRequest {
  traceMode: number;
  areaSize: number;
  numHandles: number;
  commonHandle: bigint;
  handles: bigint[];
}

export interface ModelState {
  current: number;
  context: KcovContext;
  saved: ModelSaved | null;
  /** Where sections of soft interrupts record to. */
  irqArea: Area;
  nextKcov: number;
  nextTask: number;
  kcovs: ModelKcov[];
  tasks: ModelTask[];
  fds: Map<number, ModelKcov>;
  remotes: Map<bigint, ModelKcov>;
  /** Head first. */
  free: Area[];
  remoteAreas: number;
  mappings: Mapping[];
}

/** An errno that the model expects. */
export class ModelRefusal extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

/** A task that does nothing. */
export function modelTask(id: number, handle: bigint): ModelTask {
  return {
    id,
    mode: "DISABLED",
    size: 0,
    area: null,
    kcov: null,
    section: null,
    sequence: 0,
    handle,
    softirq: false,
    remoteKcov: null,
  };
}

/** A fresh system: task 1 runs. */
export function modelState(irqAreaWords: number): ModelState {
  return {
    current: 1,
    context: "task",
    saved: null,
    irqArea: new BigUint64Array(irqAreaWords),
    nextKcov: 1,
    nextTask: 2,
    kcovs: [],
    tasks: [modelTask(1, 0n)],
    fds: new Map(),
    remotes: new Map(),
    free: [],
    remoteAreas: 0,
    mappings: [],
  };
}

export function snapshot(state: ModelState, abi: KcovAbi): KcovSnapshot {
  const fds = [...state.fds].sort(([a], [b]) => a - b);
  const remotes = [...state.remotes].map(([handle, kcov]): [bigint, number] => [handle, kcov.id]);
  return {
    current: state.current,
    inTask: state.context === "task",
    context: state.context,
    saved: savedSnapshot(state),
    kcovs: state.kcovs.map(({ owned, ...kcov }) => ({
      ...kcov,
      fds: fds.filter(([, open]) => open.id === kcov.id).map(([fd]) => fd),
      area: kcov.area !== null,
      task: kcov.task?.id ?? null,
    })),
    tasks: state.tasks.map(({ section, area, kcov, remoteKcov, ...task }) => ({
      ...task,
      area: areaName(state, area, section),
      kcov: kcov?.id ?? null,
      ...(abi === "v7.2" ? { remoteKcov: remoteKcov?.id ?? null } : {}),
    })),
    remotes: remotes.sort(([a], [b]) => (a < b ? -1 : 1)),
    free: state.free.map(({ length }) => length),
    alloc: {
      descriptors: state.kcovs.length,
      areas: state.kcovs.filter(({ area }) => area !== null).length,
      remoteAreas: state.remoteAreas,
      remotes: state.remotes.size,
    },
  };
}

function savedSnapshot({ saved, ...state }: ModelState): KcovSnapshot["saved"] {
  if (saved === null) return null;
  const { mode, size, area, section, sequence, kcov } = saved;
  return { mode, size, area: areaName(state, area, section), sequence, kcov: kcov.id };
}

function areaName({ irqArea }: { irqArea: Area }, area: Area | null, section: Area | null): null | KcovAreaName {
  if (area === null) return null;
  if (area === irqArea) return "irq";
  return area === section ? "remote" : "own";
}
