/**
 * Damaged IDX files, gzipped and not: each is refused by name, or holds what its bytes say.
 */
import type { Mutation, RandomNumbers } from '@curvature-tuning/checks/testing';
import { fuzz, mutateBytes } from '@curvature-tuning/checks/testing';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readIdx } from '../src/index.js';

/** Type bytes, bytes a value, and how DataView reads one. */
const types: [number, number, (view: DataView, at: number) => number][] = [
  [0x08, 1, (view, at) => view.getUint8(at)],
  [0x09, 1, (view, at) => view.getInt8(at)],
  [0x0b, 2, (view, at) => view.getInt16(at)],
  [0x0c, 4, (view, at) => view.getInt32(at)],
  [0x0d, 4, (view, at) => view.getFloat32(at)],
  [0x0e, 8, (view, at) => view.getFloat64(at)],
];

function draw(random: RandomNumbers): Mutation<Uint8Array> {
  const below = (bound: number): number => Math.floor(random() * bound);
  const [code, width] = types[below(types.length)]!;
  const shape = Array.from({ length: below(5) }, () => below(5));
  const file = new Uint8Array(4 + 4 * shape.length + width * shape.reduce((count, size) => count * size, 1)).map(
    (_, i) => (i < 4 ? 0 : below(256)),
  );
  file.set([0, 0, code, shape.length]);
  shape.forEach((size, i) => new DataView(file.buffer).setUint32(4 + 4 * i, size));
  const kind = below(10);
  if (kind < 7) return mutateBytes(file, random);
  const zipped = new Uint8Array(gzipSync(file));
  if (kind === 7) return mutateBytes(zipped, random);
  const { title, value } = mutateBytes(file, random);
  return { title: `${title}, gzipped`, value: new Uint8Array(gzipSync(value)) };
}

async function difference(bytes: Uint8Array): Promise<string | undefined> {
  const { data, shape } = await readIdx(bytes);
  const file = bytes[0] === 0x1f ? new Uint8Array(gunzipSync(bytes)) : bytes;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const sizes = Array.from({ length: file[3]! }, (_, i) => view.getUint32(4 + 4 * i));
  const [, width, read] = types.find(([code]) => code === file[2])!;
  const start = 4 + 4 * sizes.length;
  const expected = Array.from({ length: sizes.reduce((count, size) => count * size, 1) }, (_, i) =>
    read(view, start + width * i),
  );
  if (String(shape) !== String(sizes) || file.length !== start + width * expected.length)
    return `shape [${shape.join()}]`;
  return data.length === expected.length && expected.every((value, i) => Object.is(value, data[i]))
    ? undefined
    : `values ${data.join()}`;
}

it('4,000 damaged IDX files are refused by name, or read as their bytes say', async ({ task }) => {
  const { faults, refused, accepted } = await fuzz(task, {
    cases: 4000,
    seed: 2,
    draw,
    run: difference,
    refusal: /^(parseIdx|readIdx): /,
  });
  expect(faults).toEqual([]);
  expect(Math.min(refused, accepted)).toBeGreaterThan(500);
});
