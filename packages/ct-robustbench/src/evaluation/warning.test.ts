import { expect, it } from 'vitest';
import { WarningList } from './warning.js';

it('collects each text once for a code, and says each as it comes', () => {
  const lines: string[] = [];
  const warnings = new WarningList((line) => lines.push(line));
  warnings.add('audit', 'a');
  warnings.add('audit', 'a');
  warnings.add('audit', 'b');
  warnings.add('dynamic', 'a');
  expect(warnings.list).toEqual([
    { code: 'audit', message: 'a' },
    { code: 'audit', message: 'b' },
    { code: 'dynamic', message: 'a' },
  ]);
  expect(lines).toEqual(['warning (audit): a', 'warning (audit): b', 'warning (dynamic): a']);
});
