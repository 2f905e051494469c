/**
 * Files for tests, opcode by opcode: pickles that PyTorch would not write, and archives around them.
 */
import { zipSync } from 'fflate';
import { crc32 } from '@curvature-tuning/checks';
import { Allowance } from '../src/allowance.js';

/** Bytes, or text as one byte a sign. */
export type Piece = number | string | readonly Piece[];

/** All pieces as bytes. */
export function bytesOf(...pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const flat = (piece: Piece): number[] => {
    if (typeof piece === 'number') return [piece];
    return typeof piece === 'string' ? [...piece].map((sign) => sign.charCodeAt(0)) : piece.flatMap(flat);
  };
  return Uint8Array.from(pieces.flatMap(flat));
}

/** Little-endian, `bytes` of them. */
export const le = (value: number | bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));

export const text = (value: string): Piece => ['X', le(value.length, 4), value];
export const int = (value: number | bigint): Piece => [0x8a, 8, le(value, 8)];
export const global = (module: string, name: string): Piece => ['c', module, '\n', name, '\n'];
export const tuple = (...items: readonly Piece[]): Piece => ['(', items, 't'];
export const dict = (...items: readonly (readonly [Piece, Piece])[]): Piece => ['}(', items, 'u'];

/** A storage of float32, named by its key. */
export const storage = (key: string, count: number | bigint, type = 'FloatStorage'): Piece => [
  tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(count)),
  'Q',
];
export const tensor = (from: Piece, offset: number, shape: readonly number[], stride: readonly number[]): Piece => [
  global('torch._utils', '_rebuild_tensor_v2'),
  tuple(from, int(offset), tuple(...shape.map(int)), tuple(...stride.map(int)), 0x89, 'N'),
  'R',
];

/** A pickle of protocol 2. */
export const pickle = (...pieces: readonly Piece[]): Uint8Array<ArrayBuffer> => bytesOf(0x80, 2, pieces, '.');

/** An archive of a pickle and storages, stored unless `level` says otherwise. */
export function archive(
  data: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  { level = 0, extra = {} }: { level?: 0 | 9; extra?: Readonly<Record<string, Uint8Array>> } = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(storages).map(([key, bytes]) => [`x/data/${key}`, bytes]);
  const files = Object.fromEntries([['x/data.pkl', data], ...entries, ...Object.entries(extra)]) as Record<
    string,
    Uint8Array
  >;
  return Uint8Array.from(zipSync(files, { level }));
}

/** The file of PyTorch before 1.6. */
export function legacy(
  root: Piece,
  keys: readonly string[],
  storages: readonly Piece[],
  { magic = 0x1950a86a20f9469cfc6cn, version = 1001, isLittle = true } = {},
): Uint8Array<ArrayBuffer> {
  return bytesOf(
    [0x80, 2, 0x8a, 10, le(magic, 10), '.'],
    [0x80, 2, 'M', le(version, 2), '.'],
    [0x80, 2, dict([text('little_endian'), isLittle ? 0x88 : 0x89]), '.'],
    [0x80, 2, root, '.'],
    [0x80, 2, ']', '(', keys.map(text), 'e', '.'],
    storages,
  );
}

/** Float32 numbers as bytes. */
export const floats = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Float32Array.from(values).buffer);

/** As much as a file of a megabyte may cost. */
export const allowance = (): Allowance => new Allowance(2 ** 20, 0);

/** Puts the right checksum into every entry of an archive whose bytes were changed. */
export function withChecksums(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(file.buffer);
  for (let at = 0; at + 46 <= file.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const local = view.getUint32(at + 42, true);
    const size = view.getUint32(at + 20, true);
    if (local + 30 > file.length) continue;
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    view.setUint32(at + 16, crc32(file.subarray(begin, begin + size)), true);
  }
  return file;
}
