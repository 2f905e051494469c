/**
 * What Square's proposals are in every norm: `squareLinf.ts` and `squareNormed.ts` draw them.
 */

/** How proposals are drawn in one norm; one object for a run over a batch. */
export interface Proposals {
  /** Writes the starting point of row `row` into `out` at `offset`. */
  start(row: number, out: Float32Array, offset: number): void;
  /**
   * Changes the point in `points` at `offset`, a copy of the best so far of row `row`, into the proposal of a query.
   * A query's random numbers depend on its number alone, so that it can be looked ahead.
   */
  propose(row: number, query: number, points: Float32Array, offset: number): void;
}
