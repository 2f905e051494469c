/**
 * How many queries to look ahead: the number that gets most queries done in a second, found by trying.
 *
 * A pass over few images costs a backend hardly more than one over a single image, so looking ahead pays for small
 * models and few images, and not for large ones; clocks decide, and no result depends on it.
 */

/** Passes that are timed before a number is judged. */
const PASSES = 6;
/** Judgements after which a neighbouring number is tried again. */
const PATIENCE = 20;

/** The number of queries that one run looks ahead, as it learns it. */
export class Lookahead {
  private current = 1;
  private trying = 1;
  private readonly rates = new Map<number, number>();
  private passes = 0;
  private spent = 0;
  private milliseconds = 0;
  private begun = 0;
  private judged = 0;
  private readonly most: number;

  /** @param most The largest number that may be tried. */
  constructor(most: number) {
    this.most = most;
  }

  /** Starts the clock of a pass; returns how many queries of each image it should hold. */
  begin(): number {
    this.begun = performance.now();
    return this.trying;
  }

  /** Stops it. `spent`: queries that the pass got done, over all images. */
  end(spent: number): void {
    this.milliseconds += performance.now() - this.begun;
    this.spent += spent;
    if (++this.passes < PASSES) return;
    this.rates.set(this.trying, this.spent / this.milliseconds);
    this.passes = this.spent = this.milliseconds = 0;
    this.judge();
  }

  private judge(): void {
    const rate = (ahead: number): number => this.rates.get(ahead) ?? -1;
    if (rate(this.trying) > rate(this.current)) this.current = this.trying;
    const neighbours = [this.current * 2, Math.floor(this.current / 2)].filter(
      (ahead) => ahead >= 1 && ahead <= this.most,
    );
    const untried = neighbours.find((ahead) => !this.rates.has(ahead));
    if (++this.judged % PATIENCE === 0) {
      // Acceptance falls and images drop out: what was measured long ago is forgotten.
      this.rates.clear();
      this.trying = this.current;
    } else {
      this.trying = untried ?? this.current;
    }
  }
}
