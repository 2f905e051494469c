/**
 * Empties the queue of a sweep.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check } from '@curvature-tuning/checks';
import { sweepName } from '../cell/sweep.js';
import type { RedisPlace } from './connection.js';
import { redisPlace } from './connection.js';
import { openQueue } from './queue.js';

export const emptyQueueArguments: Entries<{ name: string; redis: RedisPlace }> = { name: sweepName, redis: redisPlace };

/** Takes all cells that wait out of a sweep's queue; those that run, end. */
export async function emptyQueue(name: string, redis: RedisPlace): Promise<void> {
  check('emptyQueue', emptyQueueArguments, { name, redis });
  const queue = await openQueue(name, redis);
  try {
    await queue.drain(true);
  } finally {
    await queue.close();
  }
}
