import { expect, it } from 'vitest';
import { smallRecordOf } from '../../test/smallAttack.js';
import { leaderboard } from './leaderboard.js';

it('the leaderboard sorts by robust accuracy, one table for each threat, in Markdown and HTML', () => {
  const records = [
    smallRecordOf('weak', '53.00'),
    smallRecordOf('A|B <i>', '60.00', { unreliable: true }),
    smallRecordOf('other', '70.00', { threat: 'L2', eps: '0.5' }),
  ];
  expect(leaderboard(records)).toBe(
    [
      '## cifar10, Linf, eps = 8/255',
      '',
      '| Rank | Method | Clean, % | Robust, % (95 % interval) | Images | Architecture | Venue |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| 1 | A\\|B <i> | 90.00 | 60.00 † (50.0 to 56.5) | 1000 |  |  |',
      '| 2 | weak | 90.00 | 53.00 (50.0 to 56.5) | 1000 |  |  |',
      '',
      '## cifar10, L2, eps = 0.5',
      '',
      '| Rank | Method | Clean, % | Robust, % (95 % interval) | Images | Architecture | Venue |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| 1 | other | 90.00 | 70.00 (50.0 to 56.5) | 1000 |  |  |',
      '',
    ].join('\n'),
  );
  const html = leaderboard(records, { format: 'html' });
  expect(html).toContain('<td>A|B &lt;i&gt;</td>');
  expect(html.match(/<table>/g)).toHaveLength(2);
  expect(() => leaderboard([])).toThrow(/leaderboard: records must be a list of at least 1/);
});

it('keeps a name with a line break in its row', () => {
  const lines = leaderboard([smallRecordOf('two\nlines', '50.00')]).split('\n');
  expect(lines.filter((line) => line.includes('two lines'))).toHaveLength(1);
});
