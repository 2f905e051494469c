/**
 * What each quirk of the reference does to numbers, for docs/quirks.md: those that the twins switch alone, measured.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import type { Results } from '../studies/study.js';
import { TRANSFERS } from '../studies/study.js';
import { loraChoices } from './loraReport.js';
import { mean, signed } from './numbers.js';
import type { Attacked } from './robustnessReport.js';
import { heldAndOracle } from './robustnessReport.js';
import type { Table } from './table.js';
import { comparisons } from './transferReport.js';

/** The quirks by name, what they are, and what they do. */
export function quirksTable(results: Results): Table {
  const compared = comparisons(results);
  const gains = (protocol: string): { wins: number; of: number; points: number; relative: number } => {
    const all = compared.filter((one) => one.a === 'tct' && one.b === 'lora' && one.protocol === protocol);
    return {
      wins: all.filter(({ gain }) => gain.points > 0).length,
      of: all.length,
      points: mean(all.map(({ gain }) => gain.points)),
      relative: mean(all.flatMap(({ gain }) => gain.relative ?? [])),
    };
  };
  const [paper, tuned] = [gains('paper'), gains('tuned')];
  const accuracies = (method: string, protocol: string): number[] =>
    TRANSFERS.map(({ network, data }) =>
      mean(
        results
          .all<AdaptedScore>('transfer', { network, data, method, protocol })
          .map(({ result }) => 100 * result.testAccuracy),
      ),
    );
  const range = (values: readonly number[], digits = 0): string =>
    `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
  const between = (a: readonly number[], b: readonly number[]): string => range(a.map((one, i) => one - b[i]!));
  const probe = accuracies('probe', 'paper');
  const attacked = (inputs: string): number[] => {
    const own = results.all<Attacked>('attacked', {
      norm: 'Linf',
      calibrated: false,
      split: 'test',
      attacks: 'choose',
      inputs,
    });
    const at = (beta: unknown): number =>
      100 * mean(own.filter(({ spec }) => spec['beta'] === beta).map(({ result }) => result.robustAccuracy));
    return [...new Set(own.map(({ spec }) => spec['beta'] as number))].sort((a, b) => b - a).map(at);
  };
  const [pixels, values] = [attacked('pixels'), attacked('normalized')];
  const spread = (all: readonly number[]): string => (Math.max(...all) - Math.min(...all)).toFixed(1);
  const oracle = heldAndOracle(results).map(({ chosen, most }) => 100 * (mean(most) - mean(chosen)));
  const ratio = Math.max(...loraChoices(results).map(({ tooMuch }) => tooMuch));
  return {
    name: 'quirks',
    title: 'What the reference’s quirks do to numbers',
    head: ['quirk', 'what it is', 'what it does, measured'],
    isText: true,
    rows: [
      [
        'Q1, inputs',
        'AutoAttack gets normalised values, and clamps them to [0, 1] as if they were pixels',
        `robust accuracy is of another task: ${pixels[0]?.toFixed(1)} becomes ${values[0]?.toFixed(1)} % at ` +
          `Linf 0.03, and betas that lay ${spread(pixels)} points apart lie ${spread(values)} apart (table ` +
          '`quirk-inputs`; our attack clamps its first images as well)',
      ],
      [
        'Q2, oracle',
        'beta is chosen on the images that are attacked, and floored at the network as it is',
        `${range(oracle, 1)} points that a user does not get (table \`robustness\`, last column); a loss is never ` +
          'shown',
      ],
      [
        'Q3, ratios',
        'relative gains are averaged, those of a base near 0 among them',
        `${signed(paper.relative, 0)} % mean relative gain of T-CT over LoRA where the points are ` +
          `${signed(paper.points, 0)} (table \`transfer-wins\`): points stand beside them`,
      ],
      [
        'Q8, rates',
        'LoRA trains at 1e-4 with its head, T-CT at 1e-1 with its head at 1e-3',
        `T-CT wins ${paper.wins} of ${paper.of} transfers, ${signed(paper.points)} points; with every rate chosen on ` +
          `validation images ${tuned.wins} of ${tuned.of}, ${signed(tuned.points)} points (tables ` +
          `\`transfer-paper\`, ` +
          '`transfer-tuned`)',
      ],
      [
        'Q9, statistics',
        'batch normalisation adapts in T-CT and LoRA, in the probe not',
        `a head alone with adapting statistics gains ${between(accuracies('bn', 'paper'), probe)} points over the ` +
          'probe (table `transfer-paper`, the first two columns)',
      ],
      [
        'probe, 20 epochs',
        'heads are trained from a random start, too short at these sizes',
        `the probe is ${between(accuracies('probe', 'strict'), probe)} points below its optimum (tables ` +
          '`transfer-paper`, `transfer-strict`): most of what is "gained" is that',
      ],
      [
        'Q14, ratio',
        'LoRA’s alpha/rank is the best of three on test images',
        `up to ${ratio.toFixed(1)} points (table \`lora-ranks\`)`,
      ],
      [
        'Q15, grid',
        'the 31st beta is 1.0000000000000002 and its network is all NaN',
        'not reproduced; beta = 1 is ReLU here',
      ],
      ['Q16, size', 'transferred networks are attacked at another size than they were trained at', 'not reproduced'],
      [
        'Q5, Q6, Q4, Q7, Q22',
        'which activations share a (beta, c); what is never replaced; parameters counted twice',
        'structure, not switched here: `ct-layers` has `calls` and `sharing`, `applyLora` has `protocol`',
      ],
    ],
  };
}
