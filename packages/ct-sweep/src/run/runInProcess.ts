/**
 * Runs a cell in this process: for cells that take no time and need no limits.
 */
import { mkdir } from 'node:fs/promises';
import type { Cell, CellKinds } from '../cell/cell.js';
import { callKind } from './callKind.js';
import type { Outcome } from './runInChild.js';

/** The outcome of a cell whose function is called here. */
export async function runInProcess(
  kinds: CellKinds,
  {
    cell,
    scratch,
    onProgress = () => undefined,
  }: { cell: Cell; scratch: string; onProgress?: (share: number) => void },
): Promise<Outcome> {
  const begun = performance.now();
  try {
    const result = await callKind(kinds, cell, {
      onProgress,
      scratch: async () => {
        await mkdir(scratch, { recursive: true });
        return scratch;
      },
    });
    return { result, seconds: (performance.now() - begun) / 1000, peakMB: 0 };
  } catch (error) {
    return {
      failure: { reason: 'threw', message: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    };
  }
}
