/**
 * What page and worker say to each other: the page asks for a task by name, the worker answers, or fails, and says how
 * far it is on the way. Tasks run one after another.
 */
import type { AttackTasks } from './attackTasks.ts';
import type { BoundaryTasks } from './boundaryTasks.ts';
import type { ImagesTasks } from './imagesTasks.ts';
import type { PanesTasks } from './panesTasks.ts';

/** All tasks, by name: what they are given and what they give. */
export type Tasks = BoundaryTasks & PanesTasks & ImagesTasks & AttackTasks;

/** What a task may use while it runs. */
export interface TaskContext {
  /** Tells the page how far the task is; arrays in `transfer` are handed over and no longer the task's. */
  report: (progress: unknown, transfer?: Transferable[]) => void;
  /** Aborts when the page cancels the task. */
  signal: AbortSignal;
}

/** A table of tasks. */
export type TaskTable<T> = {
  [K in keyof T]: T[K] extends (given: infer Given) => infer Result
    ? (given: Given, context: TaskContext) => Promise<Result>
    : never;
};

/** From the page. */
export type Request = { kind: 'call'; id: number; task: keyof Tasks; given: unknown } | { kind: 'cancel'; id: number };

/** From the worker. */
export type Reply =
  | { kind: 'progress'; id: number; progress: unknown }
  | { kind: 'done'; id: number; result: unknown }
  | { kind: 'failed'; id: number; message: string; cancelled: boolean };
