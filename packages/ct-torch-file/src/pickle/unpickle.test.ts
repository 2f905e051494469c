import { describe, expect, it } from 'vitest';
import type { Piece } from '../../test/written.js';
import { allowance, bytesOf, dict, int, le, text, tuple } from '../../test/written.js';
import { Allowance } from '../allowance.js';
import { Cursor } from '../cursor.js';
import type { PickleHost } from './unpickle.js';
import { unpickle } from './unpickle.js';
import type { Value } from './values.js';
import { GlobalName, Tuple, Unread } from './values.js';

const host: PickleHost = {
  global: (name) => new GlobalName(name),
  call: (callee, args) => new Tuple([callee, ...args.items]),
  persistent: (id) => id,
};

function read(...pieces: readonly Piece[]): Value {
  return unpickle(new Cursor({ bytes: bytesOf(pieces), start: 0, field: 'data.pkl' }), host, allowance());
}

describe('unpickle', () => {
  it.each<[string, Piece, Value]>([
    ['None', 'N', null],
    ['truth', 0x88, true],
    ['bytes, which are dropped', ['C', 2, 1, 2], new Unread('bytes', false)],
    ['small integers', ['K', 200], 200],
    ['integers of two bytes', ['M', 1, 2], 0x201],
    ['negative integers', ['J', 0xfe, 0xff, 0xff, 0xff], -2],
    ['long integers', [0x8a, 10, le(0x1950a86a20f9469cfc6cn, 10)], 0x1950a86a20f9469cfc6cn],
    ['negative long integers', [0x8a, 1, 0x80], -128],
    ['no bytes of an integer', [0x8a, 0], 0],
    ['doubles', ['G', 0xc0, 0, 0, 0, 0, 0, 0, 0], -2],
    ['texts', ['X', le(6, 4), 'gro\u00c3\u009fe'], 'große'],
    ['texts of protocol 4', [0x95, le(5, 8), 0x8c, 2, 0xc3, 0xbc], 'ü'],
    ['lists', [']', '(', 'K', 1, 'K', 2, 'e'], [1, 2]],
    ['an item at a time', [']', 'K', 1, 'a'], [1]],
    ['dictionaries', dict([text('a'), int(1)]), new Map([['a', 1]])],
    ['an item of one', ['}', text('a'), 'K', 1, 's'], new Map([['a', 1]])],
    ['tuples', tuple(int(1), int(2)), new Tuple([1, 2])],
    ['pairs', ['K', 1, 'K', 2, 0x86], new Tuple([1, 2])],
    ['what was remembered', ['K', 7, 'q', 3, '0', 'h', 3], 7],
    ['what was remembered by protocol 4', ['K', 7, 0x94, '0', 'h', 0], 7],
    ['copies of the last', ['K', 7, '2', 0x86], new Tuple([7, 7])],
    ['calls', ['c', 'a\n', 'b\n', ')', 'R'], new Tuple([new GlobalName('a.b')])],
    ['names on the stack', [text('a'), text('b'), 0x93, ')', 'R'], new Tuple([new GlobalName('a.b')])],
    ['attributes, which are dropped', ['}', '}', 'b'], new Map()],
  ])('reads %s', (_, pieces, expected) => {
    expect(read(0x80, 4, pieces, '.')).toEqual(expected);
  });

  it('keeps what holds itself as it is', () => {
    const list = read(']', 'q', 0, 'h', 0, 'a', '.') as Value[];
    expect(list[0]).toBe(list);
  });

  it('nests to any depth without recursion', () => {
    let value = read(']', new Array(20_000).fill([0x85]), '.');
    let depth = 0;
    for (; value instanceof Tuple; depth++) value = value.items[0]!;
    expect(depth).toBe(20_000);
  });

  it.each<[string, Piece, string]>([
    ['an end without a value', '.', 'byte 0: takes a value where there is none'],
    ['values left over', 'NN.', 'byte 2: ends with values left over'],
    ['a mark left over', '(N.', 'byte 2: ends with values left over'],
    ['no end', 'N', 'byte 1: expected 1 more bytes, got 0'],
    ['a tuple of nothing', 't', 'byte 0: goes back to a mark where there is none'],
    ['values from behind a mark', ['N', '(', 0x85], 'byte 2: takes a value where there is none'],
    ['an opcode of protocol 0', 'I12\n.', "byte 0: opcode 0x49 is not one of torch.save's"],
    ['an instance by name', 'ios\nsystem\n', "opcode 0x69 is not one of torch.save's"],
    ['an extension', [0x82, 1], "opcode 0x82 is not one of torch.save's"],
    ['no opcode', 0xff, "opcode 0xff is not one of torch.save's"],
    ['another protocol', [0x80, 6], 'byte 0: protocol 6; torch.save writes 2 to 5'],
    ['a value that was not remembered', ['h', 3], 'byte 0: recalls value 3, which was not remembered'],
    ['a text longer than the file', ['X', le(2 ** 32 - 1, 4)], 'expected 4294967295 more bytes, got 0'],
    ['a text of 2^63 bytes', [0x8d, le(2n ** 63n, 8)], 'a count of 9223372036854775808'],
    ['an integer of many bytes', [0x8b, le(33, 4), new Array(33).fill(1)], 'an integer of 33 bytes'],
    ['a text that is not UTF-8', ['U', 1, 0xff], 'byte 0: a text is not UTF-8'],
    ['an append to a tuple', [')', 'N', 'a'], 'appends to a tuple'],
    ['items of a list', [']', 'N', 'N', 's'], 'sets items of a list'],
    ['a key without a value', ['}(', 'N', 'u'], 'sets a key without a value'],
    ['arguments that are no tuple', ['c', 'a\n', 'b\n', ']', 'R'], 'calls with a list for arguments'],
    ['attributes of a number', ['K', 1, 'N', 'b'], 'sets attributes of the number 1'],
    ['a name without an end', ['c', 'a'.repeat(2000)], 'expected a line of at most 1024 bytes'],
    ['a name of numbers', ['K', 1, 'K', 2, 0x93], 'names a class by what is no text'],
    ['a name alone', 'ca\nb\n.', 'holds nothing but the name "a.b"'],
  ])('refuses %s', (_, pieces, message) => {
    expect(() => read(pieces)).toThrow(message);
  });

  it('makes no more values than the file may', () => {
    const bytes = bytesOf(new Array(200_000).fill(']') as Piece[]);
    const cursor = new Cursor({ bytes, start: 0, field: 'data.pkl' });
    expect(() => unpickle(cursor, host, new Allowance(bytes.length, 0))).toThrow(
      'parseTorchFile: data.pkl, byte 176846: more values than a file of this size has use for',
    );
  });
});
