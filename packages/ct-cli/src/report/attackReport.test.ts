import { expect, it } from 'vitest';
import type { AttackedNetwork, Robustness } from '../robustness/robustness.js';
import { attackTable } from './attackReport.js';

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

const found: Robustness = {
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

it('says the price, the intervals, how beta was chosen and what the attacks are worth', () => {
  const text = attackTable(found);
  expect(text).toMatch(/calibrated +95\.0 +100\.0 +50\.0 +40 to 60 +2\.0/);
  expect(text).toContain('Beta 0.5 withstood most of 7, the first of 2 that tie, on 100 held-out images');
  expect(text).toContain(
    '+10.0 points under attack (12 images it alone withstands, 2 the control alone; sign test p = 0.013)',
  );
  expect(text).toContain('−1.3 points without');
  expect(text).toContain('upper bound');
  const standard = { ...found, threat: { ...found.threat, version: 'standard' as const } };
  expect(attackTable(standard)).not.toContain('upper bound');
});

it('says so where no beta is better, and where beta was told', () => {
  const own = { ...found, beta: 1, comparison: null, networks: found.networks.slice(0, 2) };
  expect(attackTable({ ...own, choice: { ...found.choice!, kept: 'calibrated' } })).toContain(
    "No beta withstood more than the network's own ReLUs, calibrated, on 100 held-out images",
  );
  expect(attackTable({ ...found, choice: null })).toContain('Beta 0.5 was told.');
});
