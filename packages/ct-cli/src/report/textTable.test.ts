import { expect, it } from 'vitest';
import { textTable } from './textTable.js';

it('aligns the first column to the left, the others to the right', () => {
  const rows = [
    ['method', '%'],
    ['S-CT', '93.45'],
  ];
  expect(textTable(rows)).toEqual(['method      %', 'S-CT    93.45']);
});
