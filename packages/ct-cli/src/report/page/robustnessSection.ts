/**
 * Robustness: the network as it is, calibrated and steered, under attack.
 */
import { robustnessRemarks, robustnessRows } from '../attackReport.js';
import type { SteerReport } from '../steerReport.js';
import type { Section } from './section.js';
import { escape, table } from './section.js';

/** Of a report of `ct start`. */
export function robustnessSection({ robustness, network }: SteerReport): Section | undefined {
  if (robustness === undefined) return undefined;
  const [header, ...rows] = robustnessRows(robustness);
  const notes = robustnessRemarks(robustness).map((note) => `<li>${escape(note)}</li>`);
  const caption = `${network} with the head it came with; attacked as it is, calibrated, and steered`;
  return {
    id: 'robustness',
    title: 'Robustness: one number, no training',
    html: `${table(caption, header!, rows)}\n<ul class="notes">\n${notes.join('\n')}\n</ul>`,
  };
}
