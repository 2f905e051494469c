/**
 * Whether this checkout is set up, for tests that skip by name where it is not.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { opLibraryPath } from '../src/opLibrary.js';
import type { Probe, TfjsNode } from '../src/setup/tfjsNode.js';
import { findTfjsNode, probe } from '../src/setup/tfjsNode.js';

// TensorFlow greets on stderr.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';

/** The tfjs-node of this package. */
export const tfjsNode: TfjsNode = findTfjsNode(false);

/** What tfjs-node says, and the op for it; or undefined where `ct-node setup` was not run. */
export const setUpState: (Probe & { library: string }) | undefined = await find();

/** A suffix for the titles of tests that need the set-up. */
export const needsSetUp = 'needs npx ct-node setup';

async function find(): Promise<(Probe & { library: string }) | undefined> {
  try {
    const found = await probe(tfjsNode);
    const library = opLibraryPath(found.tensorflow);
    return existsSync(library) ? { ...found, library } : undefined;
  } catch {
    return undefined;
  }
}

/** Loads tfjs-node in this process, which registers its backend. */
export function requireTfjsNode(): void {
  createRequire(import.meta.url)(tfjsNode.folder);
}
