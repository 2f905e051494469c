// What `ct attack` finds, of made-up numbers.
import type { AttackedNetwork, Robustness } from '../src/robustness/robustness.js';

const network = (name: string, role: AttackedNetwork['role'], share: number): AttackedNetwork => ({
  name,
  role,
  clean: { share: 0.95, interval: [0.93, 0.97], images: 797 },
  robust: { share, interval: [share - 0.1, share + 0.1], images: 100 },
  accuracyAfter: { clean: 1, 'apgd-ce': share },
  seconds: { 'apgd-ce': 2 },
  warnings: [],
  largestNorm: 0.03,
  dataHash: 'hash',
});

/** What `ct attack` might find. */
export function someRobustness(): Robustness {
  return {
    threat: { norm: 'Linf', eps: 0.03, images: 100, version: 'quick', seed: 0 },
    calibratedOn: 640,
    beta: 0.5,
    choice: {
      kept: 'steered',
      ties: 2,
      atEdge: false,
      images: 100,
      attack: 'APGD-CE, 20 steps',
      history: Array.from({ length: 9 }, () => ({ beta: 1, cleanAccuracy: 1, robustAccuracy: 0.5 })),
    },
    networks: [
      network('as given', 'given', 0.4),
      network('calibrated', 'control', 0.5),
      network('beta 0.5', 'steered', 0.6),
    ],
    comparison: { robustPoints: 10, cleanPoints: -1.25, onlySteered: 12, onlyControl: 2, p: 0.0129 },
  };
}
