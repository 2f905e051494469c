/**
 * Downloads and unpacking, as they are told: a bar on a terminal, elsewhere a line for each file.
 */
import type { SetProgress } from '@curvature-tuning/datasets/node';
import { Presets, SingleBar } from 'cli-progress';
import { remark, visible } from './terminal.js';

const WORDS = { download: 'downloading', unpack: 'unpacking', inspect: 'inspecting', decode: 'reading' } as const;

/** Hears of files that are fetched. */
export interface FetchProgress {
  readonly hear: (progress: SetProgress) => void;
  /** Leaves the terminal as it was. */
  readonly stop: () => void;
}

function sizeOf(phase: SetProgress['phase'], total: number): string {
  return phase === 'download' || phase === 'unpack' ? `${(total / 1e6).toFixed(1)} MB` : `${total} images`;
}

/**
 * Tells of files that are fetched and unpacked.
 *
 * @param label Where a bar is shown already, which then says it, too.
 */
export function fetchProgress(label?: (text: string) => void): FetchProgress {
  const announced = new Set<string>();
  let bar: SingleBar | undefined;
  const hear = ({ phase, file, done, total, secondsLeft }: SetProgress): void => {
    const doing = `${WORDS[phase]} ${file} (${sizeOf(phase, total)})`;
    if (process.stderr.isTTY) {
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
      const left = secondsLeft === null ? '? s' : `${Math.ceil(secondsLeft)} s`;
      if (label) return label(`${doing}, ${percent} %, ${left} left`);
      bar ??= begin();
      bar.update(percent, { left, text: visible(doing) });
      return;
    }
    if (announced.has(phase + file)) return;
    announced.add(phase + file);
    remark(doing);
  };
  return { hear, stop: () => bar?.stop() };
}

function begin(): SingleBar {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage} % | {left} left | {text}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      // A file may be fetched at once, and the next one begin.
      stopOnComplete: false,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  bar.start(100, 0, { left: '?', text: '' });
  return bar;
}
