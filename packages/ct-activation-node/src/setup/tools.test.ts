import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { run } from './run.js';
import { checkPlatform, findCompiler, findPython } from './tools.js';
import { folder } from '../../test/setUpFolder.js';

describe('the tools', () => {
  it('are asked for by name where they are missing', async () => {
    vi.stubEnv('CXX', '/missing/c++');
    await expect(findCompiler()).rejects.toThrow(
      /\/missing\/c\+\+, named by CXX, does not run\.\nCure: sudo apt-get install g\+\+/,
    );
    vi.stubEnv('PYTHON', '/missing/python');
    await expect(findPython()).rejects.toThrow(/no Python.*\nCure: sudo apt-get install python3 python3-pip/);
    vi.stubEnv('CXX', undefined);
    vi.stubEnv('PYTHON', undefined);
    vi.stubEnv('PATH', join(folder, 'nothing'));
    await expect(findCompiler()).rejects.toThrow(/neither g\+\+ nor clang\+\+ runs/);
  });

  it('python without pip is told from no python', async () => {
    const python = join(folder, 'python-without-pip');
    writeFileSync(python, '#!/bin/sh\n[ "$1" = --version ]\n', { mode: 0o755 });
    vi.stubEnv('PYTHON', python);
    await expect(findPython()).rejects.toThrow(`${python} has no pip`);
  });

  it('are not looked for on a platform without native kernels', () => {
    expect(() => checkPlatform('linux', 'x64')).not.toThrow();
    for (const [platform, arch] of [
      ['darwin', 'arm64'],
      ['win32', 'x64'],
      ['linux', 'arm64'],
    ] as const) {
      expect(() => checkPlatform(platform, arch)).toThrow(`offered on Linux x64, this is ${platform} ${arch}`);
    }
  });

  it('that fail are quoted', async () => {
    await expect(run('sh', ['-c', 'echo broken >&2; exit 3'])).rejects.toThrow(/failed \(3\):\nbroken/);
    await expect(run('/missing/program', [])).rejects.toThrow(/\/missing\/program\nfailed \(.*ENOENT/);
  });
});
