/**
 * What a cell's process and its parent say to each other.
 */
import type { Cell, Json } from '../cell/cell.js';

/** To the process, once. */
export interface Order {
  module: string;
  cell: Cell;
  /** Where its scratch folder is to be made. */
  scratch: string;
}

/** From the process. */
export type Report = { share: number } | { result: Json; seconds: number; peakMB: number } | { error: string };
