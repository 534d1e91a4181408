// tasks.mjs LIBRARY: a task for a synchronous function, and for an asynchronous one.
const { Kcov } = await import(process.argv[2]);

const kcov = Kcov.createSync();
const task = kcov.taskInit();
const seen = [kcov.runInTask(task, () => kcov.current === task), kcov.current === task];
try {
  seen.push(await kcov.runInTask(task, async () => "asynchronous"));
} catch (error) {
  seen.push(error.code);
}
process.stdout.write(`${seen.join(" ")}\n`);
