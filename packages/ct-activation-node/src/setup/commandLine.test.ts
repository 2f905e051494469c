import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, bin, ctNode, fakeTfjsNode, projectWith } from '../../test/setUpFolder.js';
import type { AddressInfo } from 'node:net';

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
    const words = ['setup', 'doctor', 'gpu-check', '--gpu', '--tensorflow', '--rebuild', 'CT_NODE_CACHE'];
    for (const word of [...words, '2.12.1, 2.15.1, 2.18.1']) expect(stdout).toContain(word);
  });

  it('setup, interrupted in a download that hangs, ends with 130 and leaves nothing behind', async () => {
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
  });
});
