/**
 * Damaged files: each is refused by a SafetensorsError, or holds what JSON.parse and the bytes themselves say.
 */
import type { Mutation, RandomNumbers } from '@curvature-tuning/checks/testing';
import { fuzz, mutateSafetensors } from '@curvature-tuning/checks/testing';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { SafeTensor } from '../src/index.js';
import { parseSafetensors, SafetensorsError, serializeSafetensors } from '../src/index.js';

const ofReference = new Uint8Array(readFileSync(new URL('./golden/all_dtypes.safetensors', import.meta.url)));
const small = serializeSafetensors(
  [
    ['a.weight', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, NaN, 0.5, Infinity, -0) }],
    ['b', { dtype: 'I64', shape: [], data: BigInt64Array.of(-5n) }],
    ['leer', { dtype: 'U8', shape: [0, 4], data: new Uint8Array(0) }],
    ['größe', { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ],
  { format: 'pt', note: 'über "alles"' },
);

/** One damage, or two. */
function draw(random: RandomNumbers, index: number): Mutation<Uint8Array> {
  const first = mutateSafetensors(index % 3 === 0 ? ofReference : small, [], random);
  if (random() < 0.7) return first;
  try {
    const second = mutateSafetensors(first.value, [], random);
    return { title: `${first.title}; ${second.title}`, value: second.value };
  } catch {
    // The first left no header to damage.
    return first;
  }
}

/** How what was read differs from the file, which is read here in the shortest way. */
function difference(bytes: Uint8Array): string | undefined {
  const { tensors, skipped, metadata } = parseSafetensors(bytes);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: given, ...entries } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  ) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  if (JSON.stringify(metadata) !== JSON.stringify(given ?? {})) return `metadata ${JSON.stringify(metadata)}`;
  if (String([...tensors.keys(), ...skipped.keys()].sort()) !== String(Object.keys(entries).sort()))
    return `names ${[...tensors.keys()].join()}`;
  for (const [name, { dtype, shape, data }] of tensors) {
    const entry = entries[name]!;
    const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const expected = bytes.subarray(8 + length + entry.data_offsets[0], 8 + length + entry.data_offsets[1]);
    if (dtype !== entry.dtype || String(shape) !== String(entry.shape) || !raw.equals(expected))
      return `${name} is ${dtype} of [${shape.join()}], ${raw.toString('hex')}`;
  }
  const again = parseSafetensors(serializeSafetensors(tensors, { ...metadata }));
  return told(again.tensors) === told(tensors) ? undefined : 'written anew, it is another';
}

/** All that tensors say, whatever their order. */
function told(tensors: ReadonlyMap<string, SafeTensor>): string {
  return [...tensors]
    .map(
      ([name, { dtype, shape, data }]) =>
        `${JSON.stringify(name)} ${dtype} [${shape.join()}] ` +
        `${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
    )
    .sort()
    .join('\n');
}

it('7,000 damaged files are refused by a SafetensorsError, or read as JSON.parse and their bytes say', async ({
  task,
}) => {
  const { faults, refused, accepted } = await fuzz(task, {
    cases: 7000,
    seed: 1,
    draw,
    run: (bytes) => {
      try {
        return difference(bytes);
      } catch (error) {
        if (error instanceof SafetensorsError) throw error;
        return `threw ${String(error)}`;
      }
    },
    refusal: /^parseSafetensors: /,
  });
  expect(faults).toEqual([]);
  expect(Math.min(refused, accepted)).toBeGreaterThan(500);
});
