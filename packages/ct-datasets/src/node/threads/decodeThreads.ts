/**
 * Threads that decode JPEG files side by side: what a photo takes of the main thread is then a message.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Pixels } from '@curvature-tuning/data';
import type { JpegAnswer, JpegTask } from './jpegThread.js';
import type { ImageForm } from './scalePixels.js';

/** Decodes a file in a thread; undefined where it is not for them, or where there are none. */
export type DecodeApart = (file: string, form: ImageForm) => Promise<Pixels | undefined>;

// As many as one main thread can serve; each has about 40 MB of memory.
const MOST_THREADS = 4;
// Fewer photos are decoded before a thread has begun.
const WORTH_IT = 48;
// Their memory is given back when nobody has asked for so long, in ms.
const IDLE = 10_000;

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  readonly pending: Map<number, (pixels: Pixels | undefined) => void>;
}

/**
 * Threads that run a script, `jpegThread.js`. They begin once it is worth it, and end when nobody asks; until they have
 * begun, and where they cannot, as when the optional package @cornerstonejs/codec-libjpeg-turbo-8bit is not installed
 * or a bundler left the script out, the answer is undefined, and whoever asks decodes by itself, to the same pixels.
 * They keep no process alive but for an answer.
 */
export function decodeThreads(script: URL | undefined, worthIt: number = WORTH_IT): DecodeApart {
  let threads: Thread[] = [];
  let asked = 0;
  const path = script?.protocol === 'file:' ? fileURLToPath(script) : '';
  let canBegin = existsSync(path);
  let idle: NodeJS.Timeout | undefined;

  const begin = (): Thread => {
    const worker = new Worker(path, { execArgv: [] });
    const thread: Thread = { worker, isReady: false, pending: new Map() };
    worker.unref();
    worker.on('message', (message: JpegAnswer | 'ready') => {
      if (message === 'ready') {
        thread.isReady = true;
        return;
      }
      const answered = thread.pending.get(message.id)!;
      thread.pending.delete(message.id);
      if (thread.pending.size === 0) worker.unref();
      answered(message.pixels);
    });
    const end = (): void => {
      threads = threads.filter((other) => other !== thread);
      thread.pending.forEach((answered) => answered(undefined));
      thread.pending.clear();
    };
    // No package, no memory: another would fare no better.
    worker.on('error', () => {
      canBegin = false;
      end();
    });
    worker.on('exit', end);
    return thread;
  };
  const rest = (): void => {
    if (threads.some(({ pending }) => pending.size > 0)) return void idle?.refresh();
    threads.forEach(({ worker }) => void worker.terminate());
    [threads, asked] = [[], 0];
  };
  return (file, form) => {
    if (!canBegin || !/\.jpe?g$/i.test(file)) return Promise.resolve(undefined);
    if (++asked < worthIt) return Promise.resolve(undefined);
    if (threads.length === 0) threads = Array.from({ length: Math.min(MOST_THREADS, availableParallelism()) }, begin);
    if (idle) idle.refresh();
    else idle = setTimeout(rest, IDLE).unref();
    const ready = threads.filter(({ isReady }) => isReady);
    if (ready.length === 0) return Promise.resolve(undefined);
    const thread = ready.reduce((one, other) => (other.pending.size < one.pending.size ? other : one));
    const task: JpegTask = { id: asked, path: file, form };
    return new Promise((resolve) => {
      thread.pending.set(task.id, resolve);
      thread.worker.ref();
      thread.worker.postMessage(task);
    });
  };
}
