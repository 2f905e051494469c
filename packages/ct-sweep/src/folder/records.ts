/**
 * What the files of a sweep's folder hold.
 */
import type { Schema } from '@curvature-tuning/checks';
import { count, matching, oneOf, options, real, text } from '@curvature-tuning/checks';
import type { Cell, Json } from '../cell/cell.js';
import { cellSchema, json } from '../cell/cell.js';

/** A result: the same bytes whoever made it. */
export interface CellResult {
  format: 1;
  cell: Cell;
  result: Json;
  /** Over the cell and its result. */
  sha256: string;
}

/** What a cell took, which is no result. */
export interface CellCosts {
  seconds: number;
  /** The most resident memory that its process was seen with; 0 where it ran in its worker's own. */
  peakMB: number;
  /** The machine. */
  host: string;
}

/** Why a cell has no result. */
export interface CellFailure {
  /** `threw`: by itself; `time`, `memory`: beyond its limits; `died`: its process ended otherwise. */
  reason: 'threw' | 'time' | 'memory' | 'died';
  message: string;
  /** How often it was begun. */
  attempts: number;
}

export const resultSchema: Schema<CellResult> = options<CellResult>(
  {
    format: matching((value): value is 1 => value === 1, { expects: 'format 1' }),
    cell: cellSchema,
    result: json,
    sha256: text,
  },
  ['format', 'cell', 'result', 'sha256'],
);
export const costsSchema: Schema<CellCosts> = options<CellCosts>(
  { seconds: real({ min: 0 }), peakMB: real({ min: 0 }), host: text },
  ['seconds', 'peakMB', 'host'],
);
export const failureSchema: Schema<CellFailure> = options<CellFailure>(
  { reason: oneOf('threw', 'time', 'memory', 'died'), message: text, attempts: count },
  ['reason', 'message', 'attempts'],
);
