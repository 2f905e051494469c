/**
 * The process that runs one cell: it is told which, and tells what came of it.
 *
 * Without its parent it is of no use and ends; a parent that is gone is never a reason to fail.
 */
import { mkdir } from 'node:fs/promises';
import { loadKinds } from '../cell/loadKinds.js';
import { callKind } from './callKind.js';
import type { Order, Report } from './messages.js';

/** Milliseconds between two reports of progress. */
const QUIET = 200;

// A terminal and SLURM send these to all of a job; whether the cell ends, its parent says.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit(0));
process.once('message', (order) => {
  void run(order as Order).then((report) => {
    tell(report, () => process.disconnect());
  });
});

async function run({ module, cell, scratch }: Order): Promise<Report> {
  const begun = performance.now();
  let said = -Infinity;
  try {
    const result = await callKind(await loadKinds(module), cell, {
      onProgress: (share) => {
        const now = performance.now();
        if (now - said < QUIET) return;
        said = now;
        tell({ share });
      },
      scratch: async () => {
        await mkdir(scratch, { recursive: true });
        return scratch;
      },
    });
    // In kilobytes.
    const peakMB = process.resourceUsage().maxRSS / 1024;
    return { result, seconds: (performance.now() - begun) / 1000, peakMB };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function tell(report: Report, then: () => void = () => undefined): void {
  // Without a callback the end of the parent would throw here.
  process.send?.(report, undefined, undefined, then);
}
