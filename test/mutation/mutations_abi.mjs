// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code that is mutated has templates

// Mutations of what newer kernels do otherwise, and of who owns what. As in mutations.mjs.

const KCOV = "src/kcov";
const SECTION = `${KCOV}/remote_section.ts`;
const TASKS = `${KCOV}/tasks.ts`;
const RULES = `${KCOV}/rules.ts`;

export const ABI_MUTATIONS = [
  // The table of rules.
  ["v6.12: mmap misses a page and warns", RULES, "mmapReportsPages: true", "mmapReportsPages: false"],
  ["v6.12: a count of 2^64-1 ends as 0", RULES, "countFirst: true", "countFirst: false"],
  ["v6.12: a common handle in interrupts", RULES, "handleOfTasksOnly: true", "handleOfTasksOnly: false"],
  ["v6.12: the owner has no mode", RULES, 'remoteOwner: "mode",\n};', 'remoteOwner: "kcov",\n};'],
  ["v7.2: the owner is as before", RULES, 'abi: "v7.2", remoteOwner: "remoteKcov"', 'abi: "v7.2"'],
  [
    "v5.19: count after the entry",
    "assembly/trace_pc.ts",
    "  store<u64>(base, pos);\n  store<u64>(base + ((<usize>pos) << 3), pc - slide);",
    "  store<u64>(base + ((<usize>pos) << 3), pc - slide);\n  store<u64>(base, pos);",
  ],

  // Contexts.
  [
    "softirq: hooks record for the interrupted task",
    `${KCOV}/device.ts`,
    "(this.inSoftirq && task.softirq)",
    "this.inSoftirq",
  ],
  [
    "softirq: a hard interrupt on top counts as one",
    `${KCOV}/device.ts`,
    'this.context === "softirq" && this.rules.softirq',
    'this.context.startsWith("softirq") && this.rules.softirq',
  ],

  // Start.
  [
    "start: nesting looked at after the handle",
    SECTION,
    "    if (inTask && isBusy(device, task)) return warned(device, `remoteStart: task ${task.id} has a kcov already`);\n",
    "    if (inTask && isBusy(device, task) && findRemote(device.arena, handle) !== 0) return warned(device, `remoteStart: task ${task.id} has a kcov already`);\n",
  ],
  [
    "softirq: start may nest",
    SECTION,
    "    if (inSoftirq && task.softirq) return warned",
    "    if (inSoftirq && task.softirq && handle === 0n) return warned",
  ],
  [
    "softirq: a private area of remote_size",
    SECTION,
    "return inSoftirq ? startInSoftirq(device, task, kcov) : startInTask",
    "return inSoftirq && kcov.remoteSize === 0 ? startInSoftirq(device, task, kcov) : startInTask",
  ],
  [
    "softirq: no reference",
    SECTION,
    "  const { mode, sequence } = kcov;\n  kcov.get();\n",
    "  const { mode, sequence } = kcov;\n",
  ],
  ["softirq: the area's count is not reset", SECTION, "  arena.publish64(area, 0n);\n", ""],
  [
    "softirq: only what traces is saved, not an owner",
    SECTION,
    "if (task.mode !== KCOV_MODE_DISABLED && interrupted !== undefined) {",
    "if (task.area !== 0 && interrupted !== undefined) {",
  ],
  [
    "softirq: an idle task is saved too",
    SECTION,
    "    task.stop();\n  }\n  task.softirq = true;",
    "  }\n  task.softirq = true;\n  if (interrupted === undefined) cpu.saved = { mode: 4, size: 0, area: 0, sequence: 0, remoteArea: 0, kcov };",
  ],
  [
    "softirq: the area is a word short",
    SECTION,
    "size: arena.load(HEADER_IRQ_AREA_WORDS), area",
    "size: arena.load(HEADER_IRQ_AREA_WORDS) - 1, area",
  ],

  // Stop.
  ["stop: in a hard interrupt", SECTION, "    if (rules.softirq && !inTask && !inSoftirq) return;\n", ""],
  ["softirq: stop ends what it came upon", SECTION, "    if (inSoftirq && !task.softirq) return;\n", ""],
  [
    "softirq: stop in a task is silent",
    SECTION,
    "    if (!inSoftirq && task.softirq) return device.warn(",
    "    if (!inSoftirq && task.softirq) return void String(",
  ],
  ["softirq: nothing is restored", SECTION, "  task.start(saved.kcov, saved);\n", ""],
  ["softirq: restored again and again", SECTION, "  cpu.saved = undefined;\n", ""],
  ["softirq: the flag stays", SECTION, "  task.softirq = false;\n", ""],
  ["softirq: the owner's reference is kept", SECTION, "    kcov.putOwned();\n    return;", "    return;"],
  [
    "stop: an owner is told off before it is seen",
    SECTION,
    "    if (!isBusy(device, task)) return;\n    if (inSoftirq",
    "    if (inSoftirq",
  ],

  // v7.2: local and remote at once.
  [
    "v7.2: a tracing task may not enable remotely",
    `${KCOV}/ioctl.ts`,
    'remoteOwner === "remoteKcov" ? task.remoteKcov : task.kcov,',
    "task.remoteKcov ?? task.kcov,",
  ],
  [
    "v7.2: disabling the local one ends the remote one",
    `${KCOV}/ioctl.ts`,
    "  else task.resetLocal();\n",
    "  else task.reset();\n",
  ],
  [
    "v7.2: disabling the remote one ends the local one",
    `${KCOV}/ioctl.ts`,
    "  else if (kcov.remote) task.resetRemote();\n",
    "  else if (kcov.remote) {\n    task.stop();\n    task.resetRemote();\n  }\n",
  ],
  [
    "v7.2: DISABLE knows the local one only",
    `${KCOV}/ioctl.ts`,
    "if (task.kcov?.address !== kcov.address && task.remoteKcov?.address !== kcov.address) {",
    "if (task.kcov?.address !== kcov.address) {",
  ],
  ["exit: what the task owns goes on", TASKS, "  endOwned(device, task);\n}\n\n/** Ends all", "}\n\n/** Ends all"],
  [
    "v7.2: exit in one's own section is no exit in a section",
    TASKS,
    "(separate && kcov.remote))) {",
    "(separate && kcov.remote && kcov.size === 0))) {",
  ],
  [
    "v7.2: exit in a section leaves an owner that is gone",
    TASKS,
    "exits inside a remote section`);\n  }\n  // DIV",
    "exits inside a remote section`);\n    return;\n  }\n  // DIV",
  ],
  [
    "v7.2: a child is an owner too",
    TASKS,
    "  if (parent !== undefined) task.handle = parent.handle;\n",
    "  if (parent !== undefined) {\n    task.handle = parent.handle;\n    task.remoteKcov = parent.remoteKcov;\n  }\n",
  ],

  // Who owns what.
  [
    "reap: a soft interrupt's section keeps its reference",
    TASKS,
    "if (isInSection(task)) {",
    "if (isInSection(task) && !task.softirq) {",
  ],
  [
    "reap: the section that a soft interrupt came upon stays",
    TASKS,
    "    putFreeArea(arena, saved.remoteArea);\n    saved.kcov.put();\n",
    "",
  ],
  ["reap: the area of soft interrupts stays", TASKS, "  unpinRun(arena, irqArea);\n", ""],
  [
    "attach: named by the task that it wants",
    `${KCOV}/threads.ts`,
    "      arena.owner = id;\n",
    "      arena.owner = isTaskId(task) ? task : id;\n",
  ],
  ["attach: a refused thread keeps its slot", TASKS, "    thread.leave();\n    throw error;", "    throw error;"],
  [
    "reap: only the named device of a JavaScript thread",
    `${KCOV}/threads.ts`,
    "named.includes(thread) || dead.has(thread.agent)",
    "named.includes(thread)",
  ],
  [
    "dispose: idle tasks stay",
    TASKS,
    "(task.thread !== 0 || task.home !== thread)) continue;",
    "task.thread !== thread) continue;",
  ],
];
