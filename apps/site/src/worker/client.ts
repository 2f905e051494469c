/**
 * The page's side of the worker.
 */
import type { Reply, Request, Tasks } from './protocol.ts';

/** What a call may follow and stop. */
export interface CallOptions {
  onProgress?: ((progress: never) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A worker that performs tasks. */
export interface TaskClient {
  /** Performs a task. Rejects with what the worker says went wrong; with an `AbortError` where it was cancelled. */
  call: <K extends keyof Tasks>(
    task: K,
    given: Parameters<Tasks[K]>[0],
    options?: CallOptions,
  ) => Promise<ReturnType<Tasks[K]>>;
  /** Ends the worker and all that it does. */
  close: () => void;
}

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
  onProgress: CallOptions['onProgress'];
}

/** Speaks to a worker. */
export function taskClient(worker: Worker): TaskClient {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  const send = (request: Request): void => worker.postMessage(request);
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    const call = waiting.get(data.id);
    if (data.kind === 'progress') {
      call?.onProgress?.(data.progress as never);
      return;
    }
    waiting.delete(data.id);
    if (data.kind === 'done') call?.resolve(data.result as never);
    else if (data.cancelled) call?.reject(new DOMException(data.message, 'AbortError'));
    else call?.reject(new Error(data.message));
  });
  worker.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message || 'the worker could not be started'));
    waiting.clear();
  });
  return {
    call: (task, given, { onProgress, signal } = {}) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        waiting.set(id, { resolve, reject, onProgress });
        send({ kind: 'call', id, task, given });
        signal?.addEventListener('abort', () => send({ kind: 'cancel', id }), { once: true });
      }),
    close: () => worker.terminate(),
  };
}

/** Starts the worker of the playground. */
export function startWorker(): TaskClient {
  return taskClient(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
}
