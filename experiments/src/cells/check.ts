/**
 * Reads a specification: fields by name, each of its kind, and no others.
 */
import { checkValue } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { options } from '@curvature-tuning/checks';
import type { CellSpec } from '@curvature-tuning/sweep';

/** Reads the specification of a kind of cell. @throws TypeError or RangeError that names the kind and the field. */
export function read<T extends object>(kind: string, entries: Entries<T>, spec: CellSpec): T {
  const value: unknown = spec;
  const all = options as (entries: object, required: readonly string[]) => Schema<T>;
  checkValue(kind, 'the specification', all(entries, Object.keys(entries)), value);
  return value;
}
