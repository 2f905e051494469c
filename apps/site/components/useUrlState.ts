/**
 * A pane's state, kept in the address of the page.
 */
import { onBeforeUnmount, onMounted, reactive, watch } from 'vue';
import { readState, writeState } from '../src/url/urlState.ts';
import type { Field, StateOf } from '../src/url/urlState.ts';

/** Browsers refuse more than some hundred changes of the address in half a minute. */
const PAUSE_MS = 250;

/** The state that the address says, and from then on the address of the state. */
export function useUrlState<F extends Record<string, Field>>(fields: F): StateOf<F> {
  const state = reactive<StateOf<F>>(readState(fields, location.search)) as StateOf<F>;
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(state, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const query = writeState(fields, { ...state });
      history.replaceState(history.state, '', `${location.pathname}${query}${location.hash}`);
    }, PAUSE_MS);
  });
  const follow = (): void => {
    Object.assign(state, readState(fields, location.search));
  };
  onMounted(() => addEventListener('popstate', follow));
  onBeforeUnmount(() => {
    clearTimeout(timer);
    removeEventListener('popstate', follow);
  });
  return state;
}
