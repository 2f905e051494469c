/**
 * Runs the cells of a sweep on this machine, with a line whenever another is done.
 */
import { runSweep, SweepFolder, writePlan } from '@curvature-tuning/sweep';
import type { CellKinds, Sweep } from '@curvature-tuning/sweep';

/** Where cells come from and where their results go. */
export interface Place {
  /** The URL of the module that exports the kinds, and these. */
  module: string;
  kinds: CellKinds;
  folder: string;
  /** Cells at once; as many as the machine has room for unless told. */
  concurrency?: number | undefined;
}

/** Runs what is not done yet; ends the program where cells fail. */
export async function runCells(sweep: Sweep, { module, kinds, folder, concurrency }: Place): Promise<SweepFolder> {
  await writePlan(folder, sweep, kinds);
  const { failed, differing } = await runSweep(sweep, { module, folder, concurrency, onProgress: progressLine() });
  const kept = new SweepFolder(folder);
  for (const hash of failed) console.error(hash, await kept.failure(hash));
  if (failed.length === 0 && differing.length === 0) return kept;
  console.error(`✗ ${failed.length} cells failed, ${differing.length} differ: ${differing.join()}`);
  process.exit(1);
}

/** A line whenever another cell is done, with the time left. */
function progressLine(): (progress: { done: number; total: number; secondsLeft: number | null }) => void {
  let said = -1;
  return ({ done, total, secondsLeft }) => {
    if (done === said) return;
    said = done;
    console.log(`${done}/${total}${secondsLeft === null ? '' : ` (${Math.round(secondsLeft / 60)} min left)`}`);
  };
}
