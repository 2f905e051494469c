import { expect, it } from 'vitest';
import type { CellKinds } from './cell.js';
import { cellsOf, parseSweep } from './sweep.js';

const kinds: CellKinds = {
  a: { version: 1, run: () => 0, cost: ({ x }) => Number(x) },
  b: { version: 2, run: () => 0 },
};
const cells = [{ kind: 'a', base: { y: 1 }, over: { x: [1, 3, 2], z: ['u', 'v'] } }, { kind: 'b' }];

it('crosses what a grid names, dearest first, and each cell once', () => {
  const planned = cellsOf({ name: 's', cells: [...cells, cells[0]!] }, kinds);
  expect(planned.map(({ cost }) => cost)).toEqual([3, 3, 2, 2, 1, 1, 1]);
  expect(planned.filter(({ cell }) => cell.kind === 'a').map(({ cell }) => cell.spec)).toContainEqual({
    y: 1,
    x: 3,
    z: 'v',
  });
  expect(planned.find(({ cell }) => cell.kind === 'b')!.cell).toEqual({ kind: 'b', version: 2, spec: {} });
});

it('is one order, whatever the order of the file', () => {
  const order = (list: typeof cells): string[] => cellsOf({ name: 's', cells: list }, kinds).map(({ hash }) => hash);
  expect(order([...cells].reverse())).toEqual(order(cells));
});

it('refuses a kind that is not known, and what is no sweep', () => {
  expect(() => cellsOf({ name: 's', cells: [{ kind: 'c' }] }, kinds)).toThrow(
    'cellsOf: the kind of a cell must be one of a, b, got "c"; pass the module that exports it',
  );
  expect(() => parseSweep('x.json', '{"name":"a b","cells":[]}')).toThrow(
    'parseSweep: x.json.name must be a name of up to 64 letters, digits, dots and dashes, got "a b"',
  );
  expect(() => parseSweep('x.json', '{"name":"a","cells":[{"kind":"a","overs":{}}]}')).toThrow('did you mean over?');
});
