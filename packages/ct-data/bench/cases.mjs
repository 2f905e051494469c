// What is done with pixels before any network sees them.
import { scikitSplit, stratifiedSplit } from '@curvature-tuning/data';

export const backends = ['node'];

export function cases() {
  const labels = Int32Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 100);
  return {
    'stratifiedSplit of 50,000': () => stratifiedSplit(labels, [0.8, 0.2], 42),
    'scikitSplit of 50,000': () => scikitSplit(labels, [40_000, 10_000], 42),
  };
}
