/**
 * AutoAttack standard beside the short attacks on the same images.
 */
import type { Report, Results } from '../studies/study.js';
import { gainText, pairedGain, percent, truthsOf } from './numbers.js';
import type { Attacked } from './robustnessReport.js';

/** What a cell of `robustness` and one of this study have in common, where they are of one network. */
const ALIKE = ['network', 'data', 'seed', 'beta', 'calibrated', 'norm', 'eps'];

/** What the study says. */
export function autoattackReport(results: Results): Report {
  const found = results.all<Attacked>('attacked', { attacks: 'standard' });
  const threats = [...new Set(found.map(({ spec }) => spec['norm'] as string))];
  const rows = threats.flatMap((norm) => {
    const own = found
      .filter(({ spec }) => spec['norm'] === norm)
      .sort((a, b) => Number(b.spec['beta']) - Number(a.spec['beta']));
    const [control] = own;
    return own.map(({ spec, result }) => {
      const n = result.images;
      const bits = truthsOf(result.robust, n);
      const short = results.all<Attacked>('attacked', {
        ...Object.fromEntries(ALIKE.map((key) => [key, spec[key]!])),
        attacks: 'quick',
      });
      const share = (truths: readonly boolean[]): number => truths.filter(Boolean).length / truths.length;
      const same = short.flatMap((one) => {
        const both = Math.min(n, one.result.images);
        return [share(truthsOf(one.result.robust, both)) - share(bits.slice(0, both))];
      });
      return [
        `${norm} ${spec['eps'] as number}, beta ${spec['beta'] as number}`,
        String(n),
        percent([result.cleanAccuracy]),
        ...['apgd-ce', 'apgd-t', 'fab-t', 'square'].map((attack) => percent([result.accuracyAfter[attack] ?? NaN])),
        result === control!.result
          ? ''
          : gainText(pairedGain([bits], [truthsOf(control!.result.robust, control!.result.images)])),
        percent(same),
      ];
    });
  });
  return {
    text: [
      'All four attacks with their published settings, one after the other on what the earlier ones left. Both ' +
        'networks ' +
        'are calibrated; what differs is beta.',
    ],
    tables: [
      {
        name: 'autoattack',
        title:
          'Accuracy in % after each attack; the gain of steering; what the three short attacks leave too much, points',
        head: [
          'network',
          'images',
          'clean',
          'APGD-CE',
          'APGD-T',
          'FAB-T',
          'Square',
          'gain over beta 1',
          'short attacks',
        ],
        rows,
      },
    ],
    figures: [],
  };
}
