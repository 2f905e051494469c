import { expect, it } from 'vitest';
import { someRobustness } from '../../test/someRobustness.js';
import { attackTable } from './attackReport.js';

const found = someRobustness();

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
    "No beta withstood more than the network's own activations, calibrated, on 100 held-out images",
  );
  expect(attackTable({ ...found, choice: null })).toContain('Beta 0.5 was told.');
});

it('says so where nothing could be calibrated, and where there are too few classes for APGD-T', () => {
  const [given, , steered] = found.networks;
  const text = attackTable({ ...found, calibratedOn: 0, networks: [given!, steered!] });
  expect(text).toContain(
    'Nothing to calibrate: the network has no batch normalisation, or a converter folded it away.',
  );
  expect(text).toContain('Steered against its control, the network as given: +10.0 points');
  expect(text).toContain('APGD-T is left out: its loss needs four classes.');
  const four = found.networks.map((one) => ({ ...one, accuracyAfter: { ...one.accuracyAfter, 'apgd-t': 0.4 } }));
  expect(attackTable({ ...found, networks: four })).not.toContain('APGD-T is left out');
});
