/**
 * What tfjs-node 4.22 needs to run on Node 23 and later.
 */
import util from 'node:util';

/**
 * Gives node:util back two functions that Node 23 took away and that tfjs-node calls, in `topk` among others.
 *
 * Does nothing where they are there. tfjs-node calls them when its ops run, so it may be loaded before or after.
 */
export function restoreNodeUtil(): void {
  const functions = util as unknown as Record<string, unknown>;
  functions['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  functions['isArray'] ??= Array.isArray;
}
