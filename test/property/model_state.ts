/** The state of the model, and how it reads in the format of `inspect()`. */

import type { KcovModeName, KcovSnapshot } from "../../src/index.ts";
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
}

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
  inTask: boolean;
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

/** A fresh system: task 1 runs. */
export function modelState(): ModelState {
  const first: ModelTask = {
    id: 1,
    mode: "DISABLED",
    size: 0,
    area: null,
    kcov: null,
    section: null,
    sequence: 0,
    handle: 0n,
  };
  return {
    current: 1,
    inTask: true,
    nextKcov: 1,
    nextTask: 2,
    kcovs: [],
    tasks: [first],
    fds: new Map(),
    remotes: new Map(),
    free: [],
    remoteAreas: 0,
    mappings: [],
  };
}

export function snapshot(state: ModelState): KcovSnapshot {
  const fds = [...state.fds].sort(([a], [b]) => a - b);
  const remotes = [...state.remotes].map(([handle, kcov]): [bigint, number] => [handle, kcov.id]);
  return {
    current: state.current,
    inTask: state.inTask,
    kcovs: state.kcovs.map((kcov) => ({
      ...kcov,
      fds: fds.filter(([, open]) => open === kcov).map(([fd]) => fd),
      area: kcov.area !== null,
      task: kcov.task?.id ?? null,
    })),
    tasks: state.tasks.map(({ section, area, kcov, ...task }) => ({
      ...task,
      area: area === null ? null : area === section ? "remote" : "own",
      kcov: kcov?.id ?? null,
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
