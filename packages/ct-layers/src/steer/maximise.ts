/**
 * Finds the largest value of a function on a grid.
 */

/** Where the largest value is, the first on ties. */
export interface Maximum {
  at: number;
  value: number;
}

/**
 * @param grid The points.
 * @param evaluate Gives the values at some points, in their order; is asked for each point at most once.
 * @param search `'grid'`: all points. `'golden'`: golden-section search on the indices, right for a function that rises
 *   strictly to its maximum and falls strictly behind it, but for a flat top; O(log n) points.
 */
export async function maximise(
  grid: readonly number[],
  evaluate: (points: number[]) => Promise<number[]>,
  search: 'grid' | 'golden',
): Promise<Maximum> {
  const values = new Map<number, number>();
  const valuesAt = async (indices: number[]): Promise<number[]> => {
    const fresh = [...new Set(indices)].filter((i) => !values.has(i));
    if (fresh.length > 0)
      (await evaluate(fresh.map((i) => grid[i]!))).forEach((value, k) => values.set(fresh[k]!, value));
    return indices.map((i) => values.get(i)!);
  };
  if (search === 'grid') {
    await valuesAt(grid.map((_, i) => i));
    return largest(values);
  }
  let [low, high] = [0, grid.length - 1];
  while (high - low > 2) {
    const step = Math.max(1, Math.round((high - low) * (3 - Math.sqrt(5)) * 0.5));
    const [a, b] = [low + step, Math.max(high - step, low + step + 1)];
    const [left, right] = (await valuesAt([a, b])) as [number, number];
    if (left < right) low = a + 1;
    else if (left > right) high = b - 1;
    else [low, high] = [a, b];
  }
  await valuesAt(Array.from({ length: high - low + 1 }, (_, i) => low + i));
  let best = largest(values);
  // The first of a flat top.
  while (best.at > 0 && (await valuesAt([best.at - 1]))[0] === best.value)
    best = { at: best.at - 1, value: best.value };
  return best;
}

function largest(values: ReadonlyMap<number, number>): Maximum {
  return [...values]
    .map(([at, value]) => ({ at, value }))
    .reduce((best, next) =>
      next.value > best.value || (next.value === best.value && next.at < best.at) ? next : best,
    );
}
