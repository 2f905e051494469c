/**
 * Progress of a long command: a bar with the time left on a terminal. Elsewhere a line: the first at once, then one for
 * each eighth, and one whenever nothing was said for a while.
 */
import { Presets, SingleBar } from 'cli-progress';
import { remark, visible } from './terminal.js';

/** Seconds after which a line is due, an eighth or not. */
const SILENCE = 15;

/** Counts `total` equal units of work; writes to stderr. */
export class Progress {
  private total: number;
  private readonly begin: number = performance.now();
  private readonly bar: SingleBar | undefined;
  private done = 0;
  private text = '';
  private left = '?';
  private said = -Infinity;

  constructor(total: number) {
    this.total = total;
    if (process.stderr.isTTY) {
      this.bar = new SingleBar(
        {
          format: '{bar} {percentage} % | {left} left | {text}',
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
          barsize: 24,
        },
        Presets.shades_classic,
      );
      this.bar.start(total, 0, { left: '?', text: '' });
    }
  }

  /** There are so many units: where that is known later than the first of them begins. */
  expect(total: number): void {
    this.total = total;
    this.bar?.setTotal(total);
  }

  /** Says what is being done now. */
  label(text: string): void {
    this.text = visible(text);
    if (this.bar) this.bar.update({ text: this.text });
    else if (performance.now() - this.said >= 1000 * SILENCE) this.line();
  }

  /** Units are done. */
  advance(units = 1): void {
    this.reach(this.done + units);
  }

  /** So many units are done in all; parts of one count. */
  reach(done: number): void {
    const eighth = this.total / 8;
    const shown = Math.floor(this.done / eighth);
    if (done <= this.done) return;
    this.done = done;
    this.left = formatSeconds(((performance.now() - this.begin) / 1000 / this.done) * (this.total - this.done));
    if (this.bar) this.bar.update(this.done, { left: this.left, text: this.text });
    else if (this.done === this.total || Math.floor(this.done / eighth) > shown) this.line();
  }

  private line(): void {
    this.said = performance.now();
    remark(`${Math.floor(this.done)}/${this.total} (${this.left} left): ${this.text}`);
  }

  /** Leaves the terminal as it was. */
  stop(): void {
    this.bar?.stop();
  }
}

/** How much of a unit is done, by its own steps; below 1 until it is heard to be done. */
export function partOf(step: { done: number; total: number | null } | undefined): number {
  return step?.total ? Math.min(step.done / step.total, 0.99) : 0;
}

function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
