/**
 * The worker of all panes, so that TensorFlow.js is there once and the page never waits for it.
 */
import '@tensorflow/tfjs-layers';
import { attackTasks } from './attackTasks.ts';
import { boundaryTasks } from './boundaryTasks.ts';
import { imagesTasks } from './imagesTasks.ts';
import { panesTasks } from './panesTasks.ts';
import type { Reply, Request, TaskContext, Tasks, TaskTable } from './protocol.ts';

const tasks: TaskTable<Tasks> = { ...boundaryTasks, ...panesTasks, ...imagesTasks, ...attackTasks };
/** What is asked for and not done, by its number. */
const RUNNING = new Map<number, AbortController>();
// One task after another.
let turn: Promise<void> = Promise.resolve();

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'cancel') {
    RUNNING.get(data.id)?.abort();
    return;
  }
  const controller = new AbortController();
  RUNNING.set(data.id, controller);
  turn = turn.then(() => perform(data, controller));
});

async function perform({ id, task, given }: Request & { kind: 'call' }, controller: AbortController): Promise<void> {
  const { signal } = controller;
  const report: TaskContext['report'] = (progress, transfer = []) =>
    reply({ kind: 'progress', id, progress }, transfer);
  try {
    signal.throwIfAborted();
    const run = tasks[task] as (given: unknown, context: TaskContext) => Promise<unknown>;
    reply({ kind: 'done', id, result: await run(given, { report, signal }) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ kind: 'failed', id, message, cancelled: signal.aborted });
  } finally {
    RUNNING.delete(id);
  }
}

function reply(message: Reply, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
