import { describe, expect, it } from 'vitest';
import { allowance, archive, floats, le } from '../../test/written.js';
import { readZip } from './readZip.js';

const stored = () => archive(Uint8Array.of(1, 2, 3), { 0: floats(1, 2), 1: floats(3) });

/** Where the directory's entries begin. */
const entriesOf = (file: Uint8Array) =>
  Array.from(file.keys()).filter((at) => String.fromCharCode(...file.subarray(at, at + 4)) === 'PK\u0001\u0002');

/** The archive with numbers of its directory changed; `end` is the record at the end of the file. */
function changed(change: (view: DataView, entries: readonly number[], end: number) => void): Uint8Array {
  const file = stored();
  change(new DataView(file.buffer), entriesOf(file), file.length - 22);
  return file;
}

/** With the directory in the form for large archives. */
function large(): Uint8Array {
  const file = stored();
  const view = new DataView(file.buffer);
  const end = file.length - 22;
  const [count, bytes, begin] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  const record = [
    le(0x06064b50, 4),
    le(44, 8),
    le(45, 2),
    le(45, 2),
    le(0, 8),
    le(count, 8),
    le(count, 8),
    le(bytes, 8),
    le(begin, 8),
  ].flat();
  const locator = [le(0x07064b50, 4), le(0, 4), le(end, 8), le(1, 4)].flat();
  view.setUint16(end + 10, 0xffff, true);
  view.setUint32(end + 12, 0xffffffff, true);
  view.setUint32(end + 16, 0xffffffff, true);
  return Uint8Array.from([...file.subarray(0, end), ...record, ...locator, ...file.subarray(end)]);
}

describe('readZip', () => {
  it('says where the bytes of each entry lie', () => {
    const file = stored();
    const entries = readZip(file, allowance());
    expect([...entries.keys()].sort()).toEqual(['x/data.pkl', 'x/data/0', 'x/data/1']);
    const { begin, end, bytes, isDeflated } = entries.get('x/data/0')!;
    expect(file.slice(begin, end)).toEqual(floats(1, 2));
    expect([bytes, isDeflated]).toEqual([8, false]);
  });

  it('reads the directory of large archives', () => {
    expect([...readZip(large(), allowance()).keys()]).toEqual([...readZip(stored(), allowance()).keys()]);
  });

  it.each<[string, Uint8Array, string]>([
    [
      'a file that is cut short',
      stored().slice(0, -1),
      'expected the directory at the end of the file; it is cut short',
    ],
    ['no archive', new Uint8Array(50), 'expected the directory at the end of the file'],
    [
      'a directory behind its end',
      changed((view, _, end) => view.setUint32(end + 16, 2 ** 31, true)),
      'behind its own end',
    ],
    [
      'too many entries',
      changed((view, _, end) => view.setUint16(end + 10, 9999, true)),
      '9999 entries do not fit into a directory of',
    ],
    [
      'too few entries',
      changed((view, _, end) => view.setUint16(end + 10, 2, true)),
      'the directory goes on after its 2 entries',
    ],
    [
      'an entry that begins in another',
      changed((view, [a, b]) => view.setUint32(b! + 42, view.getUint32(a! + 42, true), true)),
      'the entry has another name than "x/data/0"',
    ],
    [
      'an entry that reaches into the next',
      changed((view, [a]) => [20, 24].forEach((at) => view.setUint32(a! + at, 40, true))),
      'the entries "x/data.pkl" and "x/data/0" overlap',
    ],
    [
      'an entry that reaches behind all',
      changed((view, [a]) => [20, 24].forEach((at) => view.setUint32(a! + at, 2 ** 31, true))),
      '"x/data.pkl" of 2147483648 bytes ends behind all entries',
    ],
    [
      'sizes that differ',
      changed((view, [a]) => view.setUint32(a! + 24, 2 ** 31, true)),
      '"x/data.pkl" is stored, of 3 and 2147483648 bytes',
    ],
    [
      'an entry behind all',
      changed((view, [a]) => view.setUint32(a! + 42, 2 ** 31, true)),
      '"x/data.pkl" begins at byte 2147483648, behind all entries',
    ],
    [
      'an entry that is none',
      changed((view, [a]) => view.setUint32(a! + 42, 1, true)),
      'byte 1: expected the entry "x/data.pkl"',
    ],
    ['encryption', changed((view, [a]) => view.setUint16(a! + 8, 1, true)), '"x/data.pkl" is encrypted'],
    [
      'another method',
      changed((view, [a]) => view.setUint16(a! + 10, 12, true)),
      '"x/data.pkl" is packed by method 12; stored and deflated ones are read',
    ],
    [
      'two methods',
      changed((view, [a]) => view.setUint16(a! + 10, 8, true)),
      '"x/data.pkl" is packed by another method than the directory says',
    ],
    [
      'several parts',
      changed((view, _, end) => view.setUint16(end + 4, 1, true)),
      'archives of several parts are unsupported',
    ],
    [
      'a field for large archives that is not there',
      changed((view, [a]) => view.setUint32(a! + 42, 0xffffffff, true)),
      'begins at byte 4294967295, behind all entries',
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => readZip(file, allowance())).toThrow(message);
  });

  it('refuses a name that occurs twice', () => {
    const file = changed((view, [a, b]) => {
      for (let i = 0; i < 8; i++) view.setUint8(b! + 46 + i, view.getUint8(a! + 46 + i));
    });
    expect(() => readZip(file, allowance())).toThrow('the entry has another name than');
  });
});
