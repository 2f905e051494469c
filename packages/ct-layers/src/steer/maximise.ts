/**
 * Finds the largest value of a function on a grid.
 */

/** Where the largest value is, the first on ties. */
export interface Maximum {
  at: number;
  value: number;
}

/** How the grid is searched. */
export interface MaximiseOptions {
  /**
   * `'grid'`: all points. `'golden'`: golden-section search on the indices, right for a function that rises strictly to
   * its maximum and falls strictly behind it, but for a flat top; O(log n) points.
   */
  search: 'grid' | 'golden';
  /**
   * Hears before points are evaluated how many there are still to be, these among them. Of `'golden'` as many as it
   * takes to the left; half a step more or less to the right, and more along a flat top.
   */
  onPlan?: ((left: number) => void) | undefined;
}

/**
 * @param grid The points.
 * @param evaluate Gives the values at some points, in their order; is asked for each point at most once.
 */
export async function maximise(
  grid: readonly number[],
  evaluate: (points: number[]) => Promise<number[]>,
  { search, onPlan }: MaximiseOptions,
): Promise<Maximum> {
  const values = new Map<number, number>();
  const valuesAt = async (indices: number[]): Promise<number[]> => {
    const fresh = [...new Set(indices)].filter((i) => !values.has(i));
    if (fresh.length > 0)
      (await evaluate(fresh.map((i) => grid[i]!))).forEach((value, k) => values.set(fresh[k]!, value));
    return indices.map((i) => values.get(i)!);
  };
  if (search === 'grid') {
    onPlan?.(grid.length);
    await valuesAt(grid.map((_, i) => i));
    return largest(values);
  }
  let [low, high] = [0, grid.length - 1];
  while (high - low > 2) {
    onPlan?.(pointsLeft(low, high, values));
    const [a, b] = goldenPoints(low, high);
    const [left, right] = (await valuesAt([a, b])) as [number, number];
    if (left < right) low = a + 1;
    else if (left > right) high = b - 1;
    else [low, high] = [a, b];
  }
  onPlan?.(pointsLeft(low, high, values));
  await valuesAt(indicesBetween(low, high));
  let best = largest(values);
  // The first of a flat top.
  while (best.at > 0 && (await valuesAt([best.at - 1]))[0] === best.value)
    best = { at: best.at - 1, value: best.value };
  return best;
}

/** How many points a search of a grid of `length` evaluates: see `MaximiseOptions.onPlan`. */
export function searchLength(length: number, search: 'grid' | 'golden'): number {
  return search === 'grid' ? length : pointsLeft(0, length - 1, new Map());
}

/** The two indices that golden section looks at next. */
function goldenPoints(low: number, high: number): [number, number] {
  const step = Math.max(1, Math.round((high - low) * (3 - Math.sqrt(5)) * 0.5));
  return [low + step, Math.max(high - step, low + step + 1)];
}

function indicesBetween(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/** The points that are not known of those on the way to the left. */
function pointsLeft(low: number, high: number, known: ReadonlyMap<number, number>): number {
  const wanted = new Set<number>();
  while (high - low > 2) {
    const [a, b] = goldenPoints(low, high);
    wanted.add(a).add(b);
    high = b - 1;
  }
  indicesBetween(low, high).forEach((i) => wanted.add(i));
  return [...wanted].filter((i) => !known.has(i)).length;
}

function largest(values: ReadonlyMap<number, number>): Maximum {
  return [...values]
    .map(([at, value]) => ({ at, value }))
    .reduce((best, next) =>
      next.value > best.value || (next.value === best.value && next.at < best.at) ? next : best,
    );
}
