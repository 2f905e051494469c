/**
 * Where in a checkpoint the state dict is. Training scripts save it alone, or beside the epoch and the optimizer under
 * a name of their own.
 */

import { quote } from './decodeText.js';
import type { Value } from './pickle/values.js';
import { kindOf, TensorRef, Unread } from './pickle/values.js';
import { TorchFileError } from './torchFileError.js';

/** A dictionary of tensors in a checkpoint. */
export interface StateDict {
  /** The keys that lead to it, joined by dots; `''` is the whole file. */
  readonly path: string;
  readonly entries: ReadonlyMap<Value, Value>;
}

/** The names that scripts save a network under, those first that are looked at first. */
const NAMES = ['', 'state_dict', 'model_state_dict', 'model', 'net', 'network', 'weights', 'params', 'module'];

/** State dicts lie at the top, or a few keys below. */
const MAX_DEPTH = 4;

const PLACE = { byte: null, field: 'the checkpoint' };

/**
 * Finds the state dict: the file itself if it has tensors, else under the first of the usual names that has some, else
 * the one dictionary of tensors that is nearest to the top.
 *
 * @param path Where it is, instead.
 * @throws TorchFileError `no-state-dict` that lists the dictionaries of tensors there are.
 */
export function findStateDict(root: Value, path: string | undefined): StateDict {
  const found = dictionariesOfTensors(root);
  if (path !== undefined) {
    const chosen = found.find((one) => one.path === path);
    if (chosen !== undefined) return chosen;
    throw new TorchFileError('no-state-dict', PLACE, `no tensors under ${quote(path)}; ${listed(found)}`);
  }
  for (const name of NAMES) {
    const usual = found.find((one) => one.path === name);
    if (usual !== undefined) return usual;
  }
  const [nearest, next] = found;
  if (nearest === undefined)
    throw new TorchFileError(
      'no-state-dict',
      PLACE,
      `expected a dictionary of tensors, got ${kindOf(root)} without one; save model.state_dict()`,
    );
  if (next !== undefined && depthOf(next) === depthOf(nearest))
    throw new TorchFileError('no-state-dict', PLACE, `several may be meant; ${listed(found)}; pass {path} of one`);
  return nearest;
}

/** Those nearest to the top first. */
function dictionariesOfTensors(root: Value): StateDict[] {
  const found: StateDict[] = [];
  const seen = new Set<Value>();
  let level: readonly { path: string; value: Value }[] = [{ path: '', value: root }];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const next: { path: string; value: Value }[] = [];
    for (const { path, value } of level) {
      // Dictionaries of a pickle may hold each other.
      if (!(value instanceof Map) || seen.has(value)) continue;
      seen.add(value);
      const isFound = [...value].some(([key, entry]) => typeof key === 'string' && isTensor(entry));
      if (isFound) found.push({ path, entries: value });
      for (const [key, entry] of value) {
        if (!(entry instanceof Map) || !(typeof key === 'string' || typeof key === 'number')) continue;
        next.push({ path: path === '' ? String(key) : `${path}.${key}`, value: entry });
      }
    }
    level = next;
  }
  return found;
}

function isTensor(value: Value): boolean {
  return value instanceof TensorRef || (value instanceof Unread && value.isTensor);
}

function depthOf({ path }: StateDict): number {
  return path === '' ? 0 : path.split('.').length;
}

function listed(found: readonly StateDict[]): string {
  if (found.length === 0) return 'there is no dictionary of tensors';
  const names = found.slice(0, 8).map(({ path }) => quote(path));
  return `there are tensors under ${names.join(', ')}${found.length > 8 ? ` and ${found.length - 8} more` : ''}`;
}
