/**
 * Where and with what a result was made.
 */
import { version_core } from '@tensorflow/tfjs';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** When, on what and by which version a record was made. */
export interface Environment {
  /** ISO 8601. */
  date: string;
  /** Commit of this project, with `+changes` when files differ from it; null outside a checkout. */
  commit: string | null;
  version: string;
  node: string;
  tfjs: string;
  hardware: string;
}

/** The version of ct. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** Facts for a report. */
export async function environment(): Promise<Environment> {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    commit: await commit(),
    version: version(),
    node: process.version,
    tfjs: version_core,
    hardware: `${cpus().length} × ${cpu?.model.trim() ?? process.arch}`,
  };
}

async function commit(): Promise<string | null> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  // An installed copy may lie inside somebody else's repository, whose commit would say nothing.
  if (here.includes('node_modules')) return null;
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: here })).stdout.trim();
  try {
    const [head, changes] = [
      await git('rev-parse', 'HEAD'),
      await git('status', '--porcelain', '--untracked-files=no'),
    ];
    return changes === '' ? head : `${head}+changes`;
  } catch {
    return null;
  }
}
