/**
 * How a file is read, for both containers.
 */

import type { Allowance } from '../allowance.js';

/** What `parseTorchFile` hands on. */
export interface ReadOptions {
  readonly allowance: Allowance;
  readonly checksums: boolean;
  readonly refused: 'error' | 'skip';
}
