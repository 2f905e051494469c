import { describe, expect, it } from 'vitest';
import type { AttackBatch, AttackOutcome } from './attackBatch.js';
import { gather, runVariants, unfooled, untouched } from './attackBatch.js';

const batch = (count: number): AttackBatch => ({
  images: Float32Array.from({ length: 2 * count }, (_, i) => i),
  labels: Int32Array.from({ length: count }, (_, i) => 10 + i),
  ids: Int32Array.from({ length: count }, (_, i) => 20 + i),
  count,
});

it('an outcome begins with the clean images, copied, and nobody fooled', () => {
  const given = batch(2);
  const { adversarial, fooled } = untouched(given, 2);
  expect([...adversarial]).toEqual([0, 1, 2, 3]);
  expect([...fooled]).toEqual([0, 0]);
  adversarial[0] = 9;
  expect(given.images[0]).toBe(0);
});

it('gathers rows in the order that is asked for, again where asked twice', () => {
  expect([...gather(batch(3).images, Int32Array.of(2, 0, 2), 2)]).toEqual([4, 5, 0, 1, 4, 5]);
});

describe('unfooled', () => {
  it('are the rows of which nobody says so', () => {
    expect([...unfooled(batch(3), Int32Array.of(0, 2), (row) => row === 2)]).toEqual([0]);
  });

  it('a row that is fooled ends all rows of its image', () => {
    const grouped = { ...batch(4), groups: Int32Array.of(0, 1, 0, 1) };
    expect([...unfooled(grouped, Int32Array.of(0, 1, 2, 3), (row) => row === 2)]).toEqual([1, 3]);
  });
});

describe('runVariants', () => {
  /** Fools the images whose number is in the list of their variant; marks them by it. */
  const attack =
    (fools: number[][], seen: AttackBatch[] = []) =>
    (part: AttackBatch): Promise<AttackOutcome> => {
      seen.push(part);
      const fooled = Uint8Array.from(part.ids, (id, row) => Number(fools[part.variants![row]!]!.includes(id)));
      const adversarial = part.images.map((_, i) => 100 + part.variants![Math.floor(i / 2)]!);
      return Promise.resolve({ adversarial, fooled });
    };

  it('tries all variants of few images at once, and keeps the first that fooled each', async () => {
    const seen: AttackBatch[] = [];
    const { adversarial, fooled } = await runVariants(batch(2), 2, 3, attack([[], [20], [20, 21]], seen));
    expect(seen).toHaveLength(1);
    expect([...seen[0]!.variants!]).toEqual([0, 0, 1, 1, 2, 2]);
    expect([...seen[0]!.groups!]).toEqual([0, 1, 0, 1, 0, 1]);
    expect([...fooled]).toEqual([1, 1]);
    expect([...adversarial]).toEqual([101, 101, 102, 102]);
  });

  it('tries one after another on many, and leaves out who is fooled', async () => {
    const seen: AttackBatch[] = [];
    const { fooled } = await runVariants(batch(300), 2, 2, attack([[20], []], seen));
    expect(seen.map(({ count }) => count)).toEqual([300, 299]);
    expect(fooled[0]).toBe(1);
    expect(seen[1]!.labels[0]).toBe(11);
  });

  it('stops when nobody is left', async () => {
    const seen: AttackBatch[] = [];
    const all = Array.from({ length: 300 }, (_, i) => 20 + i);
    await runVariants(batch(300), 2, 2, attack([all, []], seen));
    expect(seen).toHaveLength(1);
  });
});
