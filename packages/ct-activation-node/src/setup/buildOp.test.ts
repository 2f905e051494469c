import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { opLibraryPath } from '../opLibrary.js';
import { whyNotSealed } from '../sealedFolder.js';
import { buildOp } from './buildOp.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ct-build-'));
  vi.stubEnv('CT_NODE_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A compiler that notes its arguments, one call a line, and makes the file that it is asked for. */
function compiler(body = ''): string {
  const path = join(folder, 'compiler');
  const script = [
    '#!/bin/sh',
    `echo "$@" >> ${join(folder, 'calls')}`,
    body,
    'while [ $# -gt 1 ]; do [ "$1" = -o ] && echo made > "$2"; shift; done',
  ];
  writeFileSync(path, script.join('\n'));
  chmodSync(path, 0o755);
  return path;
}

const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
const build = (how: { compiler: string; rebuild?: boolean; signal?: AbortSignal }): Promise<string> =>
  buildOp({ tensorflow: '2.99.0', include: '/tf/include', lib: '/tf/lib', ...how });

it('compiles each source by itself, links them without a path to TensorFlow, and seals what it made', async () => {
  const library = await build({ compiler: compiler() });
  expect(library).toBe(opLibraryPath('2.99.0'));
  expect(whyNotSealed(dirname(library))).toBeUndefined();
  const compiled = calls().filter((call) => call.includes(' -c '));
  const linked = calls().filter((call) => call.includes('-shared'));
  expect(linked).toHaveLength(1);
  expect(calls()).toHaveLength(compiled.length + 1);
  for (const call of compiled) expect(call).toContain('-isystem /tf/include');
  expect(linked[0]!.match(/\.o\b/g)).toHaveLength(compiled.length);
  expect(linked[0]).toContain('-L/tf/lib');
  expect(linked[0]).not.toContain('rpath');
  // Instruction sets are asked for where they are meant, and nowhere else.
  const wide = compiled.filter((call) => call.includes('-mavx')).map((call) => /cpu\/\w+\.cc/.exec(call)![0]);
  expect(wide).toEqual(process.arch === 'x64' ? ['cpu/avx2.cc', 'cpu/avx512.cc'] : []);
});

it('takes what is there as it was made, and compiles again where it was changed or is to be rebuilt', async () => {
  const library = await build({ compiler: compiler() });
  const once = calls().length;
  await build({ compiler: compiler() });
  expect(calls()).toHaveLength(once);
  writeFileSync(library, 'changed');
  await build({ compiler: compiler() });
  expect(calls()).toHaveLength(2 * once);
  expect(readFileSync(library, 'utf8')).toBe('made\n');
  await build({ compiler: compiler(), rebuild: true });
  expect(calls()).toHaveLength(3 * once);
});

it('leaves nothing where the compiler fails, and says what that said', async () => {
  await expect(build({ compiler: compiler('echo "no such header" >&2; exit 1') })).rejects.toThrow('no such header');
  expect(existsSync(dirname(opLibraryPath('2.99.0')))).toBe(false);
  await expect(build({ compiler: compiler(), signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
    /enough|abort/i,
  );
  expect(existsSync(opLibraryPath('2.99.0'))).toBe(false);
});
