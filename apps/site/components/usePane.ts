/**
 * What every pane has: a worker that opens when the pane appears and anew when the backend changes, what the pane says
 * of itself, and how it says that something went wrong.
 */
import { onMounted, ref, watch } from 'vue';
import type { Ref } from 'vue';
import type { BackendName } from '../src/backends.ts';
import { useWorker } from './useWorker.ts';
import type { PaneWorker } from './useWorker.ts';

/** A pane's worker and its words. */
export interface Pane extends Pick<PaneWorker, 'call'> {
  status: Ref<string>;
  /** How the activation runs on the backend; '' until it is known. */
  kernels: Ref<string>;
  /** Says in the status what did not work. */
  report: (error: unknown) => void;
}

/** Opens a pane by `open`, now and whenever `state.backend` changes. */
export function usePane(state: { readonly backend: BackendName }, open: () => Promise<void>): Pane {
  const worker = useWorker();
  const status = ref('Loading');
  onMounted(open);
  watch(
    () => state.backend,
    () => {
      worker.restart();
      void open();
    },
  );
  return {
    call: worker.call,
    status,
    kernels: ref(''),
    report: (error) => {
      status.value = `It did not work: ${error instanceof Error ? error.message : String(error)}`;
    },
  };
}
