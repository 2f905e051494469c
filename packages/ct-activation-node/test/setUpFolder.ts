/**
 * A folder to set things up in, and what looks like a tfjs-node, for the tests of set-up.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, vi } from 'vitest';
import type { TfjsNode } from '../src/setup/tfjsNode.js';

/** Of this file's tests, which start and end without it. */
export const folder: string = mkdtempSync(join(tmpdir(), 'ctu-set-up-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** The program. */
export const bin: string = join(import.meta.dirname, '..', 'bin', 'ct-node.js');

/** Runs it in a folder. */
export function ctNode(
  args: string[],
  env: Record<string, string> = {},
  cwd: string = folder,
): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', cwd, env: { ...process.env, ...env } });
}

/** A tfjs-node without anything in it, in a project of its own. */
export function fakeTfjsNode(name: string): TfjsNode {
  const target = join(folder, name, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{"name": "@tensorflow/tfjs-node", "version": "4.22.0"}');
  return { name: '@tensorflow/tfjs-node', version: '4.22.0', folder: target };
}

/** The folder of the project that has a tfjs-node. */
export function projectWith({ folder }: TfjsNode): string {
  return dirname(dirname(dirname(folder)));
}
