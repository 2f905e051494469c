/**
 * The worker of a pane: started when the pane appears, anew when the backend changes, ended when the pane goes.
 */
import { onBeforeUnmount } from 'vue';
import { startWorker } from '../src/worker/client.ts';
import type { TaskClient } from '../src/worker/client.ts';

/** A worker, and a way to begin again with a fresh one. */
export interface PaneWorker {
  call: TaskClient['call'];
  restart: () => void;
}

/** Starts a worker for the pane that calls this. */
export function useWorker(): PaneWorker {
  let client = startWorker();
  onBeforeUnmount(() => client.close());
  return {
    call: (task, given, options) => client.call(task, given, options),
    restart: () => {
      client.close();
      client = startWorker();
    },
  };
}
