/**
 * The width that an element has, as it changes.
 */
import { onBeforeUnmount, onMounted, ref } from 'vue';
import type { Ref } from 'vue';

/** The width of an element in pixels; `initial` until it is there. */
export function useWidth(element: Readonly<Ref<HTMLElement | null>>, initial: number): Readonly<Ref<number>> {
  const width = ref(initial);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) width.value = Math.round(entry.contentRect.width);
    });
    if (element.value !== null) observer.observe(element.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return width;
}
