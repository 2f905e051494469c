/**
 * A run's state in a file, so that a killed run goes on where it was.
 */
import { check, filledText } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { readIfPresent, replaceFile } from '@curvature-tuning/files/node';
import type { StateStore } from '../evaluation/runState.js';

export const fileStateArguments: Entries<{ path: string }> = { path: filledText };

/** The `state` of `autoAttack` as a file (.safetensors); delete it to start anew. */
export function fileState(path: string): StateStore {
  check('fileState', fileStateArguments, { path });
  return {
    read: () => readIfPresent(path),
    write: (bytes) => replaceFile(path, bytes),
  };
}
