import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, opLibraryPath } from '../src/opLibrary.js';
import { verify } from '../src/setup/libtensorflow.js';
import { makeFolder } from '../src/setup/makeFolder.js';
import { run } from '../src/setup/run.js';
import { setUp } from '../src/setup/setUp.js';
import type { TfjsNode } from '../src/setup/tfjsNode.js';
import { findTfjsNode, linkLibtensorflow, originOfLibtensorflow } from '../src/setup/tfjsNode.js';
import { checkPlatform, findCompiler, findPython } from '../src/setup/tools.js';
import { findWheel, WHEELS } from '../src/setup/wheels.js';
import { needsSetUp, setUpState, tfjsNode } from './setUpState.js';

const realCache = cacheFolder();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctu-set-up-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const bin = join(import.meta.dirname, '..', 'bin', 'ct-node.js');
const ctNode = (
  args: string[],
  env: Record<string, string> = {},
  cwd = folder,
): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } =>
  spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', cwd, env: { ...process.env, ...env } });

describe('the cache', () => {
  it(
    'is CT_NODE_CACHE, else under XDG_CACHE_HOME, else under the home folder; an op has a name of its own ' +
      'per TensorFlow',
    () => {
      vi.stubEnv('CT_NODE_CACHE', '/cache');
      expect(cacheFolder()).toBe('/cache');
      expect(opLibraryPath('2.15.1')).toMatch(/^\/cache\/ops\/2\.15\.1-\w+-[0-9a-f]{12}\/ctu\.node$/);
      vi.stubEnv('CT_NODE_CACHE', '');
      vi.stubEnv('XDG_CACHE_HOME', '/xdg');
      expect(cacheFolder()).toBe('/xdg/curvature-tuning/node');
      vi.stubEnv('XDG_CACHE_HOME', 'relative');
      vi.stubEnv('HOME', '/home/somebody');
      expect(cacheFolder()).toBe('/home/somebody/.cache/curvature-tuning/node');
    },
  );
});

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

describe('the wheels', () => {
  it('have one sum each, and versions are checked', () => {
    expect(new Set(WHEELS.map(({ sha256 }) => sha256)).size).toBe(WHEELS.length);
    for (const { sha256 } of WHEELS) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(findWheel('2.15.1').project).toBe('tensorflow-cpu');
    expect(findWheel('2.18.1', { gpu: true }).project).toBe('tensorflow');
    expect(findWheel('2.9.1', { contents: 'headers', gpu: true }).project).toBe('tensorflow-cpu');
    expect(() => findWheel('2.9.1')).toThrow(
      'libraries of tensorflow-cpu must be of version 2.12.1, 2.15.1, 2.18.1, got 2.9.1',
    );
  });

  it('with another sum are refused', async () => {
    const file = join(folder, 'wheel');
    writeFileSync(file, 'abc');
    // FIPS 180-2, appendix B.1.
    await verify(file, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await expect(verify(file, '0'.repeat(64))).rejects.toThrow(/has sha256 ba7816bf.*, expected 0000/);
  });

  it('that cannot be downloaded leave nothing behind and name the cure', () => {
    const cache = join(folder, 'unreachable');
    const result = ctNode(
      ['setup'],
      {
        CT_NODE_CACHE: cache,
        PIP_INDEX_URL: 'http://127.0.0.1:9/',
        PIP_RETRIES: '0',
        PIP_NO_INDEX: '',
        PIP_FIND_LINKS: '',
        PIP_CONFIG_FILE: '/dev/null',
      },
      projectWith(fakeTfjsNode('unreachable-project')),
    );
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/TensorFlow could not be downloaded[^]*Cure: check the network[^]*PIP_FIND_LINKS/);
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe('makeFolder', () => {
  it('makes a whole folder or none, and removes what a killed process left', async () => {
    const target = join(folder, 'made', 'it');
    mkdirSync(dirname(target), { recursive: true });
    // No process has this id: they end at 2^22.
    mkdirSync(`${target}.4194305.tmp`);
    mkdirSync(`${target}.${process.ppid}.tmp`);
    await expect(makeFolder(target, () => Promise.reject(new Error('stopped half way')))).rejects.toThrow(
      'stopped half way',
    );
    expect(readdirSync(dirname(target))).toEqual([`it.${process.ppid}.tmp`]);
    await makeFolder(target, (temporary) => Promise.resolve(writeFileSync(join(temporary, 'file'), 'first')));
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('first');
  });

  it('lets the first of two processes win', async () => {
    const target = join(folder, 'made', 'twice');
    await makeFolder(target, (temporary) => {
      mkdirSync(target);
      writeFileSync(join(target, 'file'), 'other');
      return Promise.resolve(writeFileSync(join(temporary, 'file'), 'ours'));
    });
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('other');
    expect(readdirSync(dirname(target)).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
  });
});

describe('libtensorflow in tfjs-node', () => {
  beforeEach(() => vi.stubEnv('CT_NODE_CACHE', join(folder, 'cache')));

  it('is linked, linked elsewhere on request, and told from its own', async () => {
    const fake = fakeTfjsNode('linked');
    expect(await originOfLibtensorflow(fake)).toEqual({ kind: 'none' });
    for (const version of ['1', '2']) {
      const release = join(folder, 'cache', version);
      for (const part of ['lib', 'include']) mkdirSync(join(release, part), { recursive: true });
      await linkLibtensorflow(fake, release);
      await linkLibtensorflow(fake, release);
      expect(await originOfLibtensorflow(fake)).toEqual({ kind: 'linked', folder: release });
    }
    rmSync(join(folder, 'cache', '2'), { recursive: true });
    expect(await originOfLibtensorflow(fake)).toEqual({ kind: 'none' });
  });

  it('of its own stays, and what set-up did not make is not removed', async () => {
    const fake = fakeTfjsNode('own');
    mkdirSync(join(fake.folder, 'deps', 'lib'), { recursive: true });
    await expect(linkLibtensorflow(fake, folder)).rejects.toThrow(/deps\/lib is in the way: set-up did not make it/);
    writeFileSync(join(fake.folder, 'deps', 'lib', 'libtensorflow.so'), '');
    expect(await originOfLibtensorflow(fake)).toEqual({ kind: 'own' });
  });

  it('is looked for in the project first, and its absence named', () => {
    const fake = fakeTfjsNode('found');
    expect(findTfjsNode(false, projectWith(fake))).toEqual(fake);
    expect(findTfjsNode(false, folder)).toEqual(tfjsNode);
  });
});

describe('ct-node', () => {
  it.each([
    { args: [], says: 'a command is missing' },
    { args: ['install'], says: 'expected setup, doctor or gpu-check FOLDER, got install' },
    { args: ['setup', '--fast'], says: "Unknown option '--fast'" },
    { args: ['setup', '--tensorflow', '1.0'], says: 'must be of version 2.12.1, 2.15.1, 2.18.1, got 1.0' },
  ])('$args: exit code 2 and "$says"', ({ args, says }) => {
    const { status, stderr } = ctNode(args);
    expect(stderr).toContain(says);
    expect(status).toBe(2);
  });

  it('--help lists commands and versions', () => {
    const { status, stdout } = ctNode(['--help']);
    expect(status).toBe(0);
    for (const word of [
      'setup',
      'doctor',
      'gpu-check',
      '--gpu',
      '--tensorflow',
      '2.12.1, 2.15.1, 2.18.1',
      '--rebuild',
      'CT_NODE_CACHE',
    ])
      expect(stdout).toContain(word);
  });

  it('doctor says what is missing, with exit code 1', () => {
    const { status, stdout } = ctNode(
      ['doctor'],
      { CT_NODE_CACHE: join(folder, 'none') },
      projectWith(fakeTfjsNode('bare')),
    );
    expect(status).toBe(1);
    expect(stdout).toContain('✗ libtensorflow: missing; run npx ct-node setup');
  });

  it(
    'setup, interrupted in a download that hangs, ends with 130 and leaves nothing behind',
    { timeout: 60_000 },
    async () => {
      const cache = join(folder, 'interrupted');
      const server = createServer(() => {}).listen(0, '127.0.0.1');
      const asked = new Promise((resolve) => server.once('request', resolve));
      await new Promise((resolve) => server.once('listening', resolve));
      const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const env = {
        ...process.env,
        CT_NODE_CACHE: cache,
        PIP_INDEX_URL: index,
        PIP_NO_INDEX: '',
        PIP_FIND_LINKS: '',
        PIP_CONFIG_FILE: '/dev/null',
      };
      const child = spawn(process.execPath, [bin, 'setup'], {
        cwd: projectWith(fakeTfjsNode('interrupted-project')),
        env,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await asked;
      child.kill('SIGINT');
      expect(await ended).toBe(130);
      expect(readdirSync(cache)).toEqual([]);
      server.closeAllConnections();
      server.close();
    },
  );
});

describe.skipIf(setUpState === undefined)(`a whole set-up (${needsSetUp})`, () => {
  it('is in order, says doctor', { timeout: 120_000 }, () => {
    const { status, stdout } = ctNode(['doctor']);
    expect(stdout).toMatch(/✓ self-test: \d+ cases, largest error \d\.\de-7/);
    expect(status).toBe(0);
  });

  it('does nothing when all is there', { timeout: 60_000 }, async () => {
    const lines: string[] = [];
    expect(await setUp({ from: folder, report: (line) => lines.push(line) })).toBe(setUpState!.library);
    expect(lines.join('\n')).not.toMatch(/Download|Compiling|binding/);
  });

  it(
    'of a reinstalled tfjs-node takes links from the cache, builds nothing and downloads nothing',
    { timeout: 120_000 },
    async () => {
      const copy = copyOfTfjsNode('reinstalled');
      const lines: string[] = [];
      const origin = await originOfLibtensorflow(tfjsNode);
      // Where libtensorflow is not from the cache there is nothing to link to.
      if (origin.kind !== 'linked') return;
      expect(await setUp({ from: projectWith(copy), report: (line) => lines.push(line) })).toBe(setUpState!.library);
      expect(lines.join('\n')).not.toMatch(/Download|Compiling/);
      expect(readlinkSync(join(copy.folder, 'deps', 'lib'))).toBe(join(origin.folder, 'lib'));
      expect(existsSync(join(copy.folder, 'lib', 'napi-v8', 'tfjs_binding.node'))).toBe(true);
    },
  );

  it('of a tfjs-node that brought its libtensorflow uses and keeps that', { timeout: 120_000 }, async () => {
    const copy = copyOfTfjsNode('with-its-own');
    const lib = join(copy.folder, 'deps', 'lib');
    mkdirSync(lib, { recursive: true });
    for (const name of [
      'libtensorflow.so',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so',
      'libtensorflow_framework.so.2',
    ]) {
      symlinkSync(join(tfjsNode.folder, 'deps', 'lib', name), join(lib, name));
    }
    // Headers of the C API alone, as tfjs-node's own download has them, suffice for the binding.
    symlinkSync(join(tfjsNode.folder, 'deps', 'include'), join(copy.folder, 'deps', 'include'));
    const before = readdirSync(lib);
    const lines: string[] = [];
    expect(await setUp({ from: projectWith(copy), report: (line) => lines.push(line) })).toBe(setUpState!.library);
    expect(lines).toContain('It has a libtensorflow of its own, which stays.');
    expect(readdirSync(lib)).toEqual(before);
    expect(lstatSync(lib).isSymbolicLink()).toBe(false);
    await expect(setUp({ from: projectWith(copy), tensorflow: '2.12.1' })).rejects.toThrow(
      `has TensorFlow ${setUpState!.tensorflow} of its own, got --tensorflow 2.12.1`,
    );
  });

  /** A tfjs-node as installed, without what set-up adds; its dependencies are those of the real one. */
  function copyOfTfjsNode(name: string): TfjsNode {
    const modules = join(folder, name, 'node_modules');
    const target = join(modules, '@tensorflow', 'tfjs-node');
    for (const part of ['dist', 'binding', 'package.json'])
      cpSync(join(tfjsNode.folder, part), join(target, part), { recursive: true });
    const real = dirname(dirname(tfjsNode.folder));
    for (const entry of readdirSync(real).filter((entry) => entry !== '@tensorflow'))
      symlinkSync(join(real, entry), join(modules, entry));
    for (const entry of readdirSync(join(real, '@tensorflow')).filter((entry) => entry !== 'tfjs-node'))
      symlinkSync(join(real, '@tensorflow', entry), join(modules, '@tensorflow', entry));
    vi.stubEnv('CT_NODE_CACHE', realCache);
    return { ...tfjsNode, folder: target };
  }
});

function fakeTfjsNode(name: string): TfjsNode {
  const target = join(folder, name, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{"name": "@tensorflow/tfjs-node", "version": "4.22.0"}');
  return { name: '@tensorflow/tfjs-node', version: '4.22.0', folder: target };
}

/** The folder of the project that has a tfjs-node. */
function projectWith({ folder }: TfjsNode): string {
  return dirname(dirname(dirname(folder)));
}
