import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findTfjsNode, linkLibtensorflow, originOfLibtensorflow } from './tfjsNode.js';
import { tfjsNode } from '../../test/setUpState.js';
import { folder, fakeTfjsNode, projectWith } from '../../test/setUpFolder.js';

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
