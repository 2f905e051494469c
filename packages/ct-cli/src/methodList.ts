/**
 * The value of `--methods`.
 */
import type { MethodName } from '@curvature-tuning/lora-baseline';
import { methods } from '@curvature-tuning/lora-baseline';

export const methodNames = Object.keys(methods) as MethodName[];

/** Names of methods, separated by commas, each once. Throws RangeError on others. */
export function parseMethods(text: string): MethodName[] {
  const list = text.split(',').map((name) => name.trim());
  const unknown = list.find((name) => !methodNames.includes(name as MethodName));
  if (unknown !== undefined) throw new RangeError(`Methods must be among ${methodNames.join(', ')}, got "${unknown}".`);
  return [...new Set(list)] as MethodName[];
}
