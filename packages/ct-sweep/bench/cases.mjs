// What is written down of a sweep, without its cells' own work.
import { cellsOf, parseSweep } from '@curvature-tuning/sweep';

export const backends = ['node'];

export function cases() {
  const kinds = { square: { version: 1, run: ({ x }) => ({ y: x * x }) } };
  const over = { x: Array.from({ length: 10_000 }, (_, i) => i) };
  const text = JSON.stringify({ name: 'squares', cells: [{ kind: 'square', over }] });
  return {
    'parseSweep of 10,000 cells': () => parseSweep('squares', text),
    'cellsOf, with their hashes': () => cellsOf(parseSweep('squares', text), kinds),
  };
}
