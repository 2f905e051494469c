/**
 * The value of `--methods`.
 */
import { listOf, oneOf, satisfying } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { MethodName } from '@curvature-tuning/lora-baseline';
import { methods } from '@curvature-tuning/lora-baseline';

/** All methods of the comparison, in the order of the table. */
export const methodNames = Object.keys(methods) as MethodName[];

/** Methods of the comparison: at least one, none twice. */
export const methodList: Schema<MethodName[]> = satisfying(
  listOf(oneOf(...methodNames), { min: 1 }),
  (names) => new Set(names).size === names.length,
  {
    expects: `a list of methods, none twice, among ${methodNames.join(', ')}`,
  },
) as Schema<MethodName[]>;

/** Names of methods, separated by commas, each once. @throws RangeError on others, and on one named twice. */
export function parseMethods(text: string): MethodName[] {
  const list = text.split(',').map((name) => name.trim());
  const unknown = list.find((name) => !methodNames.includes(name as MethodName));
  if (unknown !== undefined) throw new RangeError(`Methods must be among ${methodNames.join(', ')}, got "${unknown}".`);
  const twice = list.find((name, i) => list.indexOf(name) < i);
  if (twice !== undefined) throw new RangeError(`Methods must be named once each, got "${twice}" twice.`);
  return list as MethodName[];
}
