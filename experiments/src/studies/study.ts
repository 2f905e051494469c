/**
 * A study: the cells of an experiment, and what is made of their results.
 */
import type { CellGrid, CellSpec, Json } from '@curvature-tuning/sweep';
import type { Figure } from '../report/figure.js';
import type { Table } from '../report/table.js';

/** How large the small twin is. */
export interface Size {
  seeds: readonly number[];
  /** Of training; the paper has 20. */
  epochs: number;
  /** Images under AutoAttack standard, seconds each; the paper has 1,000. */
  attacked: number;
}

/** One seed and few epochs, which `npm run evidence` has time for; and what `--full` takes. */
export const SIZES: Readonly<Record<'quick' | 'full', Size>> = {
  quick: { seeds: [42], epochs: 4, attacked: 10 },
  full: { seeds: [42, 43, 44], epochs: 10, attacked: 20 },
};

/** A result with what it is a function of. */
export interface Found<T> {
  spec: CellSpec;
  result: T;
}

/** The results that there are. */
export interface Results {
  /** Those of a kind whose specification has these values. */
  all: <T extends Json>(kind: string, where?: CellSpec) => Found<T>[];
}

/** What a study says. */
export interface Report {
  /** Paragraphs of Markdown, what was found before anything. */
  text: string[];
  tables: Table[];
  figures: Figure[];
}

/** An experiment. */
export interface Study {
  name: string;
  title: string;
  cells: (size: Size) => CellGrid[];
  report: (results: Results) => Report;
}

/** A transfer of the small twins: how many images of it are taken. */
export interface Transfer {
  readonly network: string;
  readonly data: string;
  readonly train: number;
  readonly test: number;
}

/** Epochs that networks of the twins are trained for before they are transferred. */
const BEFORE = 6;
const DIGITS = { data: 'digits', train: 320, test: 797 } as const;

/** Three sizes of network from Fashion-MNIST to digits, and the bundled one from MNIST to both. */
export const TRANSFERS: readonly Transfer[] = [
  ...['resnet8', 'resnet14', 'resnet20'].map((name) => ({
    ...DIGITS,
    network: `${name}:fashion-mnist-sample:${BEFORE}`,
  })),
  { ...DIGITS, network: 'resnet14.mnist' },
  { network: 'resnet14.mnist', data: 'fashion-mnist-sample', train: 320, test: 500 },
];

/** A transfer in words. */
export function nameOf({ network, data }: Pick<Transfer, 'network' | 'data'>): string {
  const [of, from = 'mnist'] = network.split(/[:.]/) as [string, string?];
  const short = (set: string): string => set.replace('fashion-mnist-sample', 'fashion');
  return `${of}, ${short(from)} → ${short(data)}`;
}

/** One grid for each transfer. */
export function onTransfers(kind: string, over: NonNullable<CellGrid['over']>, base: CellSpec = {}): CellGrid[] {
  return TRANSFERS.map((transfer) => ({ kind, base: { ...base, ...transfer }, over }));
}
