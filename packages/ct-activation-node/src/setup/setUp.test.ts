import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cacheFolder } from '../opLibrary.js';
import { setUp } from './setUp.js';
import type { TfjsNode } from './tfjsNode.js';
import { originOfLibtensorflow } from './tfjsNode.js';
import { needsSetUp, setUpState, tfjsNode } from '../../test/setUpState.js';
import { folder, projectWith } from '../../test/setUpFolder.js';

const realCache = cacheFolder();

describe.skipIf(setUpState === undefined)(`a whole set-up (${needsSetUp})`, () => {
  it('does nothing when all is there', async () => {
    const lines: string[] = [];
    expect(await setUp({ from: folder, report: (line) => lines.push(line) })).toBe(setUpState!.library);
    expect(lines.join('\n')).not.toMatch(/Download|Compiling|binding/);
  });

  it('of a reinstalled tfjs-node takes links from the cache, builds nothing and downloads nothing', async () => {
    const copy = copyOfTfjsNode('reinstalled');
    const lines: string[] = [];
    const origin = await originOfLibtensorflow(tfjsNode);
    // Where libtensorflow is not from the cache there is nothing to link to.
    if (origin.kind !== 'linked') return;
    expect(await setUp({ from: projectWith(copy), report: (line) => lines.push(line) })).toBe(setUpState!.library);
    expect(lines.join('\n')).not.toMatch(/Download|Compiling/);
    expect(readlinkSync(join(copy.folder, 'deps', 'lib'))).toBe(join(origin.folder, 'lib'));
    expect(existsSync(join(copy.folder, 'lib', 'napi-v8', 'tfjs_binding.node'))).toBe(true);
  });

  it('of a tfjs-node that brought its libtensorflow uses and keeps that', async () => {
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
