/**
 * A run's state in a file, so that a killed run goes on where it was.
 */
import { readFile } from 'node:fs/promises';
import type { StateStore } from '../runState.js';
import { replaceFile } from './replaceFile.js';

/** The `state` of `autoAttack` as a file (.safetensors); delete it to start anew. */
export function fileState(path: string): StateStore {
  return {
    read: async () => {
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (bytes) => replaceFile(path, bytes),
  };
}
