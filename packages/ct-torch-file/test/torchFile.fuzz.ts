/**
 * Damaged files: each is refused by a TorchFileError, or holds tensors that its bytes have room for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Mutation, RandomNumbers } from '@curvature-tuning/checks/testing';
import { fuzz, mutateBytes } from '@curvature-tuning/checks/testing';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import { expect, it } from 'vitest';
import { parseTorchFile, TorchFileError } from '../src/index.js';
import { withChecksums } from './written.js';

const golden = new URL('golden/', import.meta.url);
const files = readdirSync(golden)
  .filter((name) => name.endsWith('.pth'))
  .sort()
  .map((name) => ({ name, bytes: Uint8Array.from(readFileSync(new URL(name, golden))) }));

/** Opcodes that build, call, remember and recall, and numbers at the edges. */
const OPCODES = [...'().012NQRXc}]abehjlqrstu', '\u0080', '\u0081', '\u0085', '\u0093', '\u0094'].map((sign) =>
  sign.charCodeAt(0),
);
const EDGES = [0, 1, 127, 128, 254, 255];

/** One to four bytes exchanged, of the pickle for the most part, with the checksums made right again. */
function mutateInside(bytes: Uint8Array<ArrayBuffer>, random: RandomNumbers): Mutation<Uint8Array<ArrayBuffer>> {
  const value = bytes.slice();
  const below = (bound: number): number => Math.floor(random() * bound);
  const changes: string[] = [];
  for (let i = 1 + below(4); i > 0; i--) {
    // Pickles begin a file; the directory ends it.
    const at = random() < 0.7 ? below(Math.min(1400, value.length)) : below(value.length);
    const kind = below(4);
    if (kind === 0) value[at] = OPCODES[below(OPCODES.length)]!;
    else if (kind === 1) value[at] = EDGES[below(EDGES.length)]!;
    else if (kind === 2) value.fill(255, at, at + [1, 2, 4, 8][below(4)]!);
    else value.copyWithin(at, below(value.length), below(value.length));
    changes.push(`${['an opcode', 'an edge', 'ones', 'other bytes'][kind]} at ${at}`);
  }
  return { title: changes.join(', '), value: withChecksums(value) };
}

it('30,000 damaged files are refused by a TorchFileError, or read within the memory that their size allows', async ({
  task,
}) => {
  const { faults, refused, accepted } = await fuzz(task, {
    cases: 30_000,
    seed: 19,
    draw: (random, index) => {
      const { name, bytes } = files[index % files.length]!;
      const { title, value } = index % 3 === 0 ? mutateBytes(bytes, random) : mutateInside(bytes, random);
      return { title: `${name}: ${title}`, value };
    },
    run: (bytes, index) => {
      try {
        return difference(bytes, index);
      } catch (error) {
        if (error instanceof TorchFileError) throw error;
        return `threw ${String(error)}`;
      }
    },
    refusal: /^parseTorchFile: /,
  });
  expect(faults).toEqual([]);
  expect(Math.min(refused, accepted)).toBeGreaterThan(2000);
});

/** How what was read contradicts itself or the size of the file. */
function difference(bytes: Uint8Array<ArrayBuffer>, index: number): string | undefined {
  const { tensors } = parseTorchFile(bytes, { refused: index % 2 === 0 ? 'skip' : 'error', checksums: index % 5 > 0 });
  const copies = new Set<ArrayBufferLike>();
  for (const { data } of tensors.values()) if (data.buffer !== bytes.buffer) copies.add(data.buffer);
  const copied = [...copies].reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (copied > bytes.length + 2 ** 24) return `${copied} bytes copied of a file of ${bytes.length}`;
  const total = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  // Tensors that share a storage are written apart.
  if (total > 2 ** 20 || tensors.has('__proto__') || tensors.has('__metadata__')) return undefined;
  const again = parseSafetensors(serializeSafetensors(tensors)).tensors;
  for (const [name, { dtype, shape, data }] of tensors) {
    const same = again.get(name);
    if (same?.dtype !== dtype || String(same.shape) !== String(shape)) return `${name}: ${dtype} of [${shape.join()}]`;
    if (!Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(Buffer.from(same.data.slice().buffer)))
      return `${name}: other bytes when written`;
  }
  return undefined;
}
