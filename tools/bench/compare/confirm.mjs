// A change counts when fresh processes find it again. Two processes of one checkout may differ by a fifth, all the time
// that they run: by how they were compiled, by which pages of memory they got. More rounds of the same two processes
// say nothing of that.

/** How many pairs of fresh processes must find a change again: all of them. */
const PAIRS = 5;

/**
 * Measures again what changed, pair by pair of fresh processes, until all pairs agree or one does not.
 *
 * @param {readonly import('./interleave.mjs').Measured[]} measured By a first pair.
 * @param {(names: readonly string[], pair: number) => Promise<readonly import('./interleave.mjs').Measured[]>} again
 *   Measures these cases by another pair, of which it gets the number, from 1 on.
 * @returns {Promise<import('./interleave.mjs').Measured[]>} `measured`, with `'same'` for what was not found each time.
 */
export async function confirm(measured, again) {
  let found = measured.filter(({ change }) => change !== undefined && change.verdict !== 'same');
  for (let pair = 1; pair <= PAIRS && found.length > 0; pair++) {
    const others = await again(
      found.map(({ name }) => name),
      pair,
    );
    found = found.filter(({ name, change }) =>
      others.some((other) => other.name === name && other.change?.verdict === change?.verdict),
    );
  }
  return measured.map((one) =>
    one.change === undefined || found.includes(one) ? one : { ...one, change: { ...one.change, verdict: 'same' } },
  );
}
