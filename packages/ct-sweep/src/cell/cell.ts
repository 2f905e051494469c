/**
 * A cell: one run of an experiment, a pure function of a JSON specification, named by the hash of it.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  canonicalJson,
  check,
  Digest,
  filledText,
  matching,
  objectWith,
  options,
  recordOf,
  whole,
} from '@curvature-tuning/checks';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a cell is a function of, by name: `{ network: 'resnet14.mnist', data: 'digits', method: 'tct', seed: 42 }`. */
export type CellSpec = Readonly<Record<string, Json>>;

/** A cell as data, never code: the kind names a function of whoever runs it. */
export interface Cell {
  kind: string;
  /** The version of the kind: results of another one are other results. */
  version: number;
  spec: CellSpec;
}

/** What a running cell may use; its result does not depend on it. */
export interface CellContext {
  /** Tells which share of the work is done, in [0, 1]. */
  onProgress: (share: number) => void;
  /**
   * A folder of this cell alone, made when it is asked for and removed with the result: what a killed cell goes on
   * from, where it is run again on the same disk.
   */
  scratch: () => Promise<string>;
}

/** A kind of cell. */
export interface CellKind {
  /** Raised when the same specification gives another result. */
  version: number;
  /** Gives the result: JSON that depends on the specification alone, without times, hosts or paths. */
  run: (spec: CellSpec, context: CellContext) => Json | Promise<Json>;
  /** Expected seconds: dear cells begin first. Default: all alike. */
  cost?: ((spec: CellSpec) => number) | undefined;
}

/** Kinds by name; a module exports them as `cells`. */
export type CellKinds = Readonly<Record<string, CellKind>>;

export const json: Schema<Json> = matching((value): value is Json => isJson(value), { expects: 'a value of JSON' });
export const cellSpec: Schema<CellSpec> = recordOf(json);
export const cellSchema: Schema<Cell> = options<Cell>(
  { kind: filledText, version: whole({ min: 1 }), spec: cellSpec },
  ['kind', 'version', 'spec'],
);

export const hashOfCellArguments: Entries<{ cell: Cell }> = { cell: cellSchema };
export const titleOfCellArguments: Entries<{ cell: Pick<Cell, 'kind' | 'spec'> }> = {
  cell: objectWith<Pick<Cell, 'kind' | 'spec'>>({ kind: filledText, spec: cellSpec }, ['kind', 'spec']),
};

/** The name of a cell's files: SHA-256 over kind, version and specification, whatever the order of its keys. */
export function hashOfCell(cell: Cell): string {
  check('hashOfCell', hashOfCellArguments, { cell });
  const { kind, version, spec } = cell;
  return new Digest().json([1, kind, version, spec]).hex();
}

/** A cell in words: `transfer: data digits, method tct, seed 42`. */
export function titleOfCell(cell: Pick<Cell, 'kind' | 'spec'>): string {
  check('titleOfCell', titleOfCellArguments, { cell });
  const { kind, spec } = cell;
  const parts = Object.entries(spec).map(([key, value]) => {
    return `${key} ${typeof value === 'string' ? value : canonicalJson(value)}`;
  });
  return parts.length === 0 ? kind : `${kind}: ${parts.join(', ')}`;
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return (
    typeof value === 'object' &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null) &&
    Object.values(value).every(isJson)
  );
}
