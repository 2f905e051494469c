/**
 * What `ct attack` found: the record, its table, and what a reader should know beside it.
 */
import { ATTACK_BETAS } from '../robustness/robustness.js';
import type { AttackedNetwork, Robustness } from '../robustness/robustness.js';
import type { Environment } from './environment.js';
import { textTable } from './textTable.js';

/** The record of one run of `ct attack`, as it is written to JSON. */
export interface AttackReport extends Environment, Robustness {
  command: string;
  backend: string;
  network: string;
  data: { name: string; title: string; hash: string };
}

/** Steps of the waterfall: clean, then each attack, with what is left after it. */
export function steps({ accuracyAfter }: AttackedNetwork): { step: string; accuracy: number }[] {
  return Object.entries(accuracyAfter).map(([step, accuracy]) => ({ step, accuracy: 100 * accuracy }));
}

/** The table on the terminal and in reports, as text: accuracy in percent, without an attack and after each. */
export function robustnessRows({ networks, threat }: Robustness): string[][] {
  const [first] = networks;
  return [
    [
      `accuracy %, ${threat.norm}, eps ${threat.eps}`,
      `clean, n = ${first!.clean.images}`,
      ...steps(first!).map(({ step }) => (step === 'clean' ? `clean, n = ${threat.images}` : step)),
      'robust, 95 %',
      'seconds',
    ],
    ...networks.map((network) => [
      network.name,
      (100 * network.clean.share).toFixed(1),
      ...steps(network).map(({ accuracy }) => accuracy.toFixed(1)),
      network.robust.interval.map((end) => (100 * end).toFixed(0)).join(' to '),
      Object.values(network.seconds)
        .reduce((a, b) => a + b, 0)
        .toFixed(1),
    ]),
  ];
}

/** The table, and what is to be known of it. */
export function attackTable(report: Robustness): string {
  return [...textTable(robustnessRows(report)), '', ...robustnessRemarks(report)].join('\n');
}

/** What a reader should know beside the numbers: how beta was chosen, what it costs, what the attacks are worth. */
export function robustnessRemarks(found: Robustness): string[] {
  const { choice, comparison, threat, calibratedOn, networks } = found;
  const calibration =
    calibratedOn > 0
      ? `Calibrated to ${calibratedOn} training images, without labels or gradients.`
      : 'Nothing to calibrate: the network has no batch normalisation, or a converter folded it away.';
  const notes = [`${calibration} ${choiceOf(found)}`];
  if (comparison !== null) {
    const { robustPoints, cleanPoints, onlySteered, onlyControl, p } = comparison;
    const control = calibratedOn > 0 ? 'calibration alone' : 'the network as given';
    notes.push(
      `Steered against its control, ${control}: ${signed(robustPoints)} points under attack ` +
        `(${onlySteered} ${onlySteered === 1 ? 'image' : 'images'} it alone withstands, ${onlyControl} the control ` +
        `alone; sign test p = ${shown(p)}), ` +
        `${signed(cleanPoints)} points without.`,
    );
  }
  if (!('apgd-t' in networks[0]!.accuracyAfter)) notes.push('APGD-T is left out: its loss needs four classes.');
  if (threat.version === 'quick')
    notes.push(
      'Quick attacks: what is left is an upper bound; ct attack --attack-version standard runs all of AutoAttack.',
    );
  if (choice?.atEdge === true) notes.push(`Beta ${found.beta} is an end of the grid: a lower one may withstand more.`);
  return [...notes, ...networks.flatMap(({ name, warnings }) => warnings.map(({ message }) => `${name}: ${message}`))];
}

function choiceOf({ beta, choice }: Robustness): string {
  if (choice === null) return `Beta ${beta} was told.`;
  const how = `on ${choice.images} held-out images under ${choice.attack}; the attacked images are others`;
  if (choice.kept !== 'steered')
    return `No beta withstood more than the network's own activations, ${choice.kept}, ${how}.`;
  const tied = choice.ties > 1 ? `, the first of ${choice.ties} that tie` : '';
  return `Beta ${beta} withstood most of ${ATTACK_BETAS.length}${tied}, ${how}.`;
}

function signed(points: number): string {
  return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
}

function shown(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}
