// @ts-check
// Programs in a process of their own, whose heap is small: what they hold at once is then what they need.
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** @type {typeof import('./inSmallHeap.mjs').inSmallHeap} */
export async function inSmallHeap(packageRoot, heapMB, program) {
  // Beside the package, so that its imports are found.
  const path = join(packageRoot, `.small-heap-${process.pid}.mjs`);
  await writeFile(path, program);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${heapMB}`, path]);
    return JSON.parse(/** @type {string} */ (stdout.trim().split('\n').at(-1)));
  } finally {
    await rm(path);
  }
}
