/**
 * What `ct attack` found: the record and its table.
 */
import type { AutoAttackResult } from '@curvature-tuning/robustbench';
import type { Environment } from './environment.js';
import { textTable } from './textTable.js';

/** One network under attack. */
export interface AttackedNetwork extends Pick<AutoAttackResult, 'accuracyAfter' | 'seconds' | 'warnings' | 'dataHash'> {
  name: string;
  /** The largest perturbation of an adversarial example, in the threat's norm. */
  largestNorm: number;
}

/** The record of one run of `ct attack`, as it is written to JSON. */
export interface AttackReport extends Environment {
  command: string;
  backend: string;
  network: string;
  data: { name: string; title: string; hash: string };
  threat: { norm: string; eps: number; images: number; version: string; seed: number };
  networks: AttackedNetwork[];
}

/** Steps of the waterfall: clean, then each attack, with what is left after it. */
export function steps({ accuracyAfter }: AttackedNetwork): { step: string; accuracy: number }[] {
  return Object.entries(accuracyAfter).map(([step, accuracy]) => ({ step, accuracy: 100 * accuracy }));
}

/** The table on the terminal: accuracy in percent after each attack. */
export function attackTable({ networks, threat }: AttackReport): string {
  const rows = [
    [
      `accuracy %, ${threat.norm}, eps ${threat.eps}, n = ${threat.images}`,
      ...steps(networks[0]!).map(({ step }) => step),
      'seconds',
    ],
    ...networks.map((network) => [
      network.name,
      ...steps(network).map(({ accuracy }) => accuracy.toFixed(1)),
      Object.values(network.seconds)
        .reduce((a, b) => a + b, 0)
        .toFixed(1),
    ]),
  ];
  return [...textTable(rows), ...remarks(networks)].join('\n');
}

/** Warnings of the attack, each with the network it is about. */
export function remarks(networks: readonly AttackedNetwork[]): string[] {
  return networks.flatMap(({ name, warnings }) => warnings.map(({ message }) => `${name}: ${message}`));
}
