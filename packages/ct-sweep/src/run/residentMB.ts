/**
 * Memory of another process.
 */
import { readFileSync } from 'node:fs';

const PAGE_MB = 4096 / 2 ** 20;

/** Megabytes that a process holds in memory; 0 where there is no /proc to tell, or no such process. */
export function residentMB(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_MB;
  } catch {
    return 0;
  }
}
