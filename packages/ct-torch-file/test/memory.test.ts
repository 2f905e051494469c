/**
 * What hostile files cost: a process of its own reads each, and tells by how much its memory grew at the peak.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Piece } from './written.js';
import { archive, bytesOf, dict, le, legacy, pickle, storage, tensor, text } from './written.js';

const MEGABYTE = 2 ** 20;
const SIZE = 16 * MEGABYTE;
const folder = mkdtempSync(join(tmpdir(), 'torch-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A pickle that begins with a list, and goes on and on. */
function endless(...piece: readonly Piece[]): Uint8Array {
  const unit = bytesOf(piece);
  const bytes = new Uint8Array(SIZE);
  for (let at = 3; at + unit.length <= SIZE; at += unit.length) bytes.set(unit, at);
  bytes.set(bytesOf(0x80, 4, ']'));
  return archive(bytes);
}

const wide = tensor(storage('0', SIZE / 4), 0, [2, SIZE / 8], [1, 2]);
const numbers = new Uint8Array(SIZE);

const files: Readonly<Record<string, () => Uint8Array>> = {
  'lists without end': () => endless(']'),
  'dictionaries without end': () => endless('}'),
  'marks without end': () => endless('('),
  'tuples in tuples': () => endless(0x85),
  'memory without end': () => endless('N', 0x94),
  'texts without end': () => endless(0x8c, 1, 'a'),
  'long integers without end': () => endless(0x8a, 9, le(2n ** 64n, 9)),
  'one long text': () => endless('X', le(SIZE - 100, 4)),
  'a bomb of zeros': () =>
    archive(
      pickle(dict([text('a'), tensor(storage('0', 2 ** 26), 0, [2 ** 26], [1])])),
      {
        0: new Uint8Array(2 ** 28),
      },
      { level: 9 },
    ),
  'one number, repeated': () =>
    archive(pickle(dict([text('a'), tensor(storage('0', SIZE / 4), 0, [2 ** 28], [0])])), { 0: numbers }),
  'a thousand transposes': () =>
    archive(pickle(dict(...Array.from({ length: 1000 }, (_, i) => [text(`a${i}`), wide] as const))), { 0: numbers }),
  'a storage at an odd byte': () => unaligned(),
};

/** A legacy file whose numbers lie unaligned, and are therefore copied. */
function unaligned(): Uint8Array {
  const flat = tensor(storage('0', SIZE / 4), 0, [SIZE / 4], [1]);
  const heads = ['a', 'ab'].map((name) => legacy(dict([text(name), flat]), ['0'], [le(SIZE / 4, 8)]));
  const head = heads.find(({ length }) => length % 4 !== 0)!;
  const file = new Uint8Array(head.length + SIZE);
  file.set(head);
  return file;
}

const program = `
  import { readFileSync } from 'node:fs';
  import { parseTorchFile } from ${JSON.stringify(fileURLToPath(new URL('../dist/index.js', import.meta.url)))};
  const bytes = readFileSync(process.argv[1]);
  const before = process.resourceUsage().maxRSS;
  let told;
  try {
    told = String(parseTorchFile(bytes).tensors.size);
  } catch (error) {
    told = error.code + ' ' + error.message;
  }
  console.log(JSON.stringify({ told, grown: 1024 * (process.resourceUsage().maxRSS - before), size: bytes.length }));
`;

it.each(Object.keys(files))('%s cost at most the size of the file beside it, and 32 MiB', (name) => {
  const path = join(folder, 'x.pth');
  writeFileSync(path, files[name]!());
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program, path], { encoding: 'utf8' });
  const { told, grown, size } = JSON.parse(out) as { told: string; grown: number; size: number };
  expect(told).toMatch(/^(1$|too-large |invalid-pickle |truncated )/);
  // The engine's own room for young objects, and what any file may cost, beside the size of the file.
  expect(grown).toBeLessThan(size + 32 * MEGABYTE);
});
