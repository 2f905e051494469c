import { expect, it } from 'vitest';
import { jobOptions } from './queue.js';

it('dear cells have the higher priority, within what BullMQ takes, and the hash is the name', () => {
  const [dear, cheap] = [500, 2].map((cost) => jobOptions(cost, { attempts: 5 }, 'ab'));
  expect(dear!.priority).toBeLessThan(cheap!.priority!);
  expect(jobOptions(1e9, {}, 'ab').priority).toBe(1);
  expect(cheap).toMatchObject({ jobId: 'ab', attempts: 5 });
});
