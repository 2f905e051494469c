/**
 * Downloads of one file by several processes, killed at random moments: what has the final name is whole, always.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFiles, slowly } from './fileServer.js';
import type { FileServer } from './fileServer.js';

const file = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const md5 = createHash('md5').update(file).digest('hex');
const built = new URL('../dist/node/download/download.js', import.meta.url).href;

let folder = '';
let server: FileServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ct-killed-'));
  const wrong = file.slice();
  wrong[file.length - 10] = 0;
  server = await serveFiles({ '/good': slowly(file, 5000, 20), '/wrong': slowly(wrong, 10_000, 5) });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** A process of its own that downloads the file, and what it wrote to its error output. */
function fetching(...paths: string[]): { child: ReturnType<typeof spawn>; ended: Promise<string> } {
  const options = { name: 'f.bin', bytes: file.length, md5, urls: paths.map((path) => server.url + path) };
  const script =
    `import { download } from ${JSON.stringify(built)}; await ` +
    `download(${JSON.stringify(join(folder, 'f.bin'))}, ${JSON.stringify(options)});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (text) => (said += String(text)));
  return { child, ended: once(child, 'close').then(() => said) };
}

async function expectWholeOrAbsent(): Promise<void> {
  const there = await readFile(join(folder, 'f.bin')).catch(() => undefined);
  if (there) expect(createHash('md5').update(there).digest('hex')).toBe(md5);
}

describe('downloads of several processes', () => {
  it('survive kills at random moments, and the next one goes on from there', async () => {
    const random = xoroshiro128plus(15);
    for (let round = 0; round < 6; round++) {
      const asked = server.requests.length;
      const both = [fetching('/good'), fetching('/wrong', '/good')];
      while (server.requests.length === asked && both.some(({ child }) => child.exitCode === null)) await delay(5);
      await delay((random.next() >>> 0) % 300);
      for (const { child } of both) child.kill('SIGKILL');
      await Promise.all(both.map(({ ended }) => ended));
      await expectWholeOrAbsent();
      // On a slow machine a round may get to the end; the next one is to have something to do.
      await rm(join(folder, 'f.bin'), { force: true });
    }
    expect(await Promise.all([fetching('/good').ended, fetching('/good').ended])).toEqual(['', '']);
    await expectWholeOrAbsent();
    expect(await readdir(folder)).toEqual(['f.bin']);
    expect(server.requests.some((request) => request.startsWith('/good bytes='))).toBe(true);
  });

  it('end well where one of them gets wrong bytes', async () => {
    const [good, wrong] = await Promise.all([fetching('/good').ended, fetching('/wrong').ended]);
    expect(good).toBe('');
    // Its server sent all before the other was done, or after.
    if (wrong !== '') expect(wrong).toContain('/wrong: sent 400000 bytes of md5 ');
    await expectWholeOrAbsent();
    expect(await readdir(folder)).toEqual(['f.bin']);
  });
});
