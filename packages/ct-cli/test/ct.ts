// `ct` as a user runs it: a process in a folder of its own, its exit code, what it writes.
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { runCommandLine } from '../src/commandLine.js';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `ct`; `onOutput` hears what a stream has said so far, and may press Ctrl-C. */
export type Ct = (
  args: readonly string[],
  onOutput?: (text: string, interrupt: () => void) => void,
  env?: Record<string, string>,
) => Promise<Finished>;

/** For the tests of a file: `ct` in a folder that each test has to itself. */
export function inFolders(): { ct: Ct; folder: () => string } {
  let folder: string;
  const running = new Set<ChildProcess>();
  beforeAll(() => expect(existsSync(bin), 'the package is built before its tests').toBe(true));
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-cli-'))));
  afterEach(() => {
    // What a test that timed out left running.
    running.forEach((child) => child.kill('SIGKILL'));
    rmSync(folder, { recursive: true, force: true });
  });
  const ct: Ct = (args, onOutput = () => undefined, env = {}) =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: folder,
        env: { ...process.env, CT_DATA_DIR: join(folder, 'empty'), ...env },
      });
      running.add(child);
      const out = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].on('data', (chunk: Buffer) => {
          out[stream] += chunk.toString();
          onOutput(out[stream], () => child.kill('SIGINT'));
        });
      child.on('close', (code) => {
        running.delete(child);
        resolve({ code, ...out });
      });
    });
  return { ct, folder: () => folder };
}

/** Whether `ct-node setup` was run in this checkout. */
export function hasNative(): boolean {
  const checkout = fileURLToPath(new URL('../../..', import.meta.url));
  return spawnSync('npx', ['--no-install', 'ct-node', 'doctor'], { cwd: checkout }).status === 0;
}

/** Runs a command line in this process, and returns what it left on stderr and how it would exit. */
export async function runHere(args: string[]): Promise<{ code: number; stderr: string }> {
  let stderr = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
  try {
    return { code: await runCommandLine(args, new AbortController().signal), stderr };
  } finally {
    spy.mockRestore();
  }
}
