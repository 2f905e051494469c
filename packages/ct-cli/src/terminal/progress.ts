/**
 * Progress of a long command: a bar with the time left on a terminal, a line now and then elsewhere.
 */
import { Presets, SingleBar } from 'cli-progress';
import { remark, visible } from './terminal.js';

/** Counts `total` equal units of work; writes to stderr. */
export class Progress {
  private readonly total: number;
  private readonly begin: number = performance.now();
  private readonly bar: SingleBar | undefined;
  private done = 0;
  private text = '';

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

  /** Says what is being done now. */
  label(text: string): void {
    this.text = visible(text);
    this.bar?.update({ text: this.text });
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
    const left = formatSeconds(((performance.now() - this.begin) / 1000 / this.done) * (this.total - this.done));
    if (this.bar) this.bar.update(this.done, { left, text: this.text });
    else if (this.done === this.total || Math.floor(this.done / eighth) > shown)
      remark(`${Math.floor(this.done)}/${this.total} (${left} left): ${this.text}`);
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
