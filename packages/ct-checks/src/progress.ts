/**
 * What long works say of how far they have come: one event, whatever the work.
 */

/** How far a long work has come. Works add what else they know, such as a loss. */
export interface Progress {
  /** What is being done, such as `'train'` or `'download'`. */
  readonly phase: string;
  /** Units of work done; of a work of several phases, those of all phases. */
  readonly done: number;
  /** Units in all; null where nobody can know, as of a stream that does not say its length. */
  readonly total: number | null;
  /** An estimate from the time so far; null before there is one. */
  readonly secondsLeft: number | null;
}

/**
 * Seconds for the units to go, at the mean pace so far: `seconds / done * (total - done)`.
 *
 * @param seconds Time spent on `done` units.
 */
export function secondsLeft(seconds: number, done: number, total: number | null): number | null {
  return done === 0 || total === null ? null : (seconds / done) * Math.max(0, total - done);
}
