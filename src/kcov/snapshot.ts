/** The device's state for inspection: what debugfs would show. */

import {
  KCOV_MODE_DISABLED,
  KCOV_MODE_INIT,
  KCOV_MODE_REMOTE,
  KCOV_MODE_TRACE_CMP,
  KCOV_MODE_TRACE_PC,
} from "../abi/kcov.ts";
import {
  HEADER_AREAS,
  HEADER_DESCRIPTORS,
  HEADER_FREE_AREAS,
  HEADER_KCOVS,
  HEADER_REMOTE_AREAS,
  HEADER_REMOTES,
  HEADER_TASKS,
  REMOTE_AREA_SIZE,
  REMOTE_HANDLE,
  REMOTE_KCOV,
  RUN_ADDRESS,
} from "../abi/layout.ts";
import { KCOV_MODE_TRACE_PC_EXT, KCOV_MODE_UNIQUE_PC } from "../abi/proposals.ts";
import type { Arena } from "../memory/arena.ts";
import { listEntries } from "../memory/list.ts";
import { Descriptor } from "./descriptor.ts";
import type { Device, KcovContext } from "./device.ts";
import { openFds } from "./fd_table.ts";
import { remoteEntries } from "./remote_handle.ts";
import { Task } from "./task.ts";
import { Thread } from "./threads.ts";

/** Mode of a descriptor or task. */
export type KcovModeName = "DISABLED" | "INIT" | "TRACE_PC" | "TRACE_CMP" | "REMOTE" | "UNIQUE_PC" | "TRACE_PC_EXT";

/** Where records go: the descriptor's own area, a remote section's private one, or the CPU's for soft interrupts. */
export type KcovAreaName = "own" | "remote" | "irq";

/** A descriptor: what `struct kcov` holds. */
export interface KcovDescriptorSnapshot {
  /** Its number, never used again. */
  id: number;
  /** Open fds, ascending. If there are none, the owner or a section keeps the descriptor alive. */
  fds: number[];
  /** What it is set up or enabled for. */
  mode: KcovModeName;
  /** Words. */
  size: number;
  /** Whether it has an area. */
  area: boolean;
  /** Task that enabled it. */
  task: number | null;
  /** Whether it is enabled for remote coverage. */
  remote: boolean;
  /** Words. */
  remoteSize: number;
  /** Changes whenever tracing ends, so that a section notices that the session it began under is over. */
  sequence: number;
  /** References: one for all open fds together, one for the owner task, and one for each section in flight. */
  refcount: number;
}

/** A task: what `struct task_struct` holds for kcov. */
export interface KcovTaskSnapshot {
  /** Its number, never used again. */
  id: number;
  /** What it records. */
  mode: KcovModeName;
  /** Words. */
  size: number;
  /** What the task records to. */
  area: null | KcovAreaName;
  /** Descriptor that it records for; up to v7.1 also the one that it has enabled remotely. */
  kcov: number | null;
  /** The descriptor's sequence number when the task began to record for it. */
  sequence: number;
  /** The common handle. */
  handle: bigint;
  /** Whether it is in a section that began in a soft interrupt (from v6.12 on). */
  softirq: boolean;
  /** Only with v7.2: the descriptor that it has enabled remotely. */
  remoteKcov?: number | null;
}

/** What a soft interrupt interrupted: the task's fields, to be restored when the section ends. */
export interface KcovSavedSnapshot {
  /** What the task recorded. */
  mode: KcovModeName;
  /** Words. */
  size: number;
  /** What it recorded to. */
  area: null | KcovAreaName;
  /** The descriptor that it recorded for. */
  kcov: number;
  /** That descriptor's sequence number when the task began to record for it. */
  sequence: number;
}

/** A consistent picture of the whole device, taken under the lock. */
export interface KcovSnapshot {
  /** Current task of the thread that asks; 0: none. */
  current: number;
  /** Whether that thread executes a task; if not, it is in interrupt context. */
  inTask: boolean;
  /** What it executes. */
  context: KcovContext;
  /** What a soft interrupt has saved on that thread. */
  saved: KcovSavedSnapshot | null;
  /** Live descriptors in order of opening. */
  kcovs: KcovDescriptorSnapshot[];
  /** Live tasks in order of creation. */
  tasks: KcovTaskSnapshot[];
  /** Registered handles and the descriptor of each, sorted by handle. */
  remotes: [handle: bigint, kcov: number][];
  /** Sizes in words of the free remote areas, in the order in which they are searched. */
  free: number[];
  /** Numbers of live allocations; `remoteAreas` counts those in use, free and leaked. */
  alloc: {
    /** Descriptors. */
    descriptors: number;
    /** Areas of descriptors. */
    areas: number;
    /** Areas of remote sections. */
    remoteAreas: number;
    /** Registered handles. */
    remotes: number;
  };
}

/** Takes a snapshot. */
export function inspect(device: Device): KcovSnapshot {
  const { arena } = device;
  return device.call(() => {
    const fds = openFds(arena);
    return {
      current: device.currentId,
      inTask: device.inTask,
      context: device.context,
      saved: savedSnapshot(device),
      kcovs: Array.from(listEntries(arena, HEADER_KCOVS), (address) => kcovSnapshot(device, address, fds)),
      tasks: Array.from(listEntries(arena, HEADER_TASKS), (address) => taskSnapshot(device, new Task(arena, address))),
      remotes: remotesSnapshot(device),
      free: Array.from(listEntries(arena, HEADER_FREE_AREAS), (area) => arena.load(area + REMOTE_AREA_SIZE)),
      alloc: {
        descriptors: arena.load(HEADER_DESCRIPTORS),
        areas: arena.load(HEADER_AREAS),
        remoteAreas: arena.load(HEADER_REMOTE_AREAS),
        remotes: arena.load(HEADER_REMOTES),
      },
    };
  });
}

function kcovSnapshot(device: Device, address: number, fds: Map<number, number[]>): KcovDescriptorSnapshot {
  const kcov = new Descriptor(device.arena, address);
  return {
    id: kcov.id,
    fds: fds.get(address) ?? [],
    mode: modeName(kcov.mode),
    size: kcov.size,
    area: kcov.area !== 0,
    task: kcov.task === 0 ? null : new Task(device.arena, kcov.task).id,
    remote: kcov.remote,
    remoteSize: kcov.remoteSize,
    sequence: kcov.sequence,
    refcount: kcov.refcount,
  };
}

function taskSnapshot({ arena, rules }: Device, task: Task): KcovTaskSnapshot {
  return {
    id: task.id,
    mode: modeName(task.mode),
    size: task.size,
    area: areaName(arena, task),
    kcov: task.kcov?.id ?? null,
    sequence: task.sequence,
    handle: task.handle,
    softirq: task.softirq,
    ...(rules.remoteOwner === "remoteKcov" ? { remoteKcov: task.remoteKcov?.id ?? null } : {}),
  };
}

function savedSnapshot({ arena, thread }: Device): KcovSavedSnapshot | null {
  const saved = Thread.find(arena, thread)?.saved;
  if (saved === undefined) return null;
  const { mode, size, sequence, kcov } = saved;
  return { mode: modeName(mode), size, area: areaName(arena, saved), kcov: kcov.id, sequence };
}

function areaName(arena: Arena, { area, remoteArea }: { area: number; remoteArea: number }): null | KcovAreaName {
  if (area === 0) return null;
  if (remoteArea !== 0) return "remote";
  const isIrqArea = Thread.all(arena).some(
    ({ irqArea }) => irqArea !== 0 && arena.load(irqArea + RUN_ADDRESS) === area,
  );
  return isIrqArea ? "irq" : "own";
}

function remotesSnapshot(device: Device): [bigint, number][] {
  const { arena } = device;
  const remotes = Array.from(remoteEntries(arena), (entry): [bigint, number] => {
    return [arena.load64(entry + REMOTE_HANDLE), new Descriptor(arena, arena.load(entry + REMOTE_KCOV)).id];
  });
  return remotes.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function modeName(mode: number): KcovModeName {
  switch (mode) {
    case KCOV_MODE_DISABLED:
      return "DISABLED";
    case KCOV_MODE_INIT:
      return "INIT";
    case KCOV_MODE_TRACE_PC:
      return "TRACE_PC";
    case KCOV_MODE_TRACE_CMP:
      return "TRACE_CMP";
    case KCOV_MODE_REMOTE:
      return "REMOTE";
    case KCOV_MODE_UNIQUE_PC:
      return "UNIQUE_PC";
    case KCOV_MODE_TRACE_PC_EXT:
      return "TRACE_PC_EXT";
    default:
      throw new RangeError(`the device's memory is damaged: mode ${mode}`);
  }
}
