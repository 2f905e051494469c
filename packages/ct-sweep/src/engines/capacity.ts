/**
 * How many cells a machine can run at once.
 */
import { availableParallelism, freemem } from 'node:os';

/** As many as there are processors, and as its free memory has room for; one in any case. */
export function capacity(
  memoryMB: number | undefined,
  { cores = availableParallelism(), freeMB = freemem() / 2 ** 20 }: { cores?: number; freeMB?: number } = {},
): number {
  const room = memoryMB === undefined ? Infinity : Math.floor((0.9 * freeMB) / memoryMB);
  return Math.max(1, Math.min(cores, room));
}
