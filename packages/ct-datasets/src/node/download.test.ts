import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { catalog } from '../catalog/catalog.js';
import type { RemoteEntry, RemoteFile } from '../catalog/catalog.js';
import { obtainSetFile } from './download.js';

const contents = new Uint8Array(Buffer.from('what the file holds, '.repeat(50)));
const md5 = createHash('md5').update(contents).digest('hex');
const file: RemoteFile = { name: 'labels.gz', bytes: 60, md5, contents: { bytes: contents.length, md5 } };
const entry: RemoteEntry = { ...catalog.mnist, mirrors: ['http://127.0.0.1:1/'] };

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-cache-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

it('looks below the root, in the folder, and below CT_DATA_DIR', async () => {
  await mkdir(join(root, 'mnist'));
  await writeFile(join(root, 'mnist', 'labels.gz'), contents);
  expect(text(await obtainSetFile(entry, file, { root }))).toBe(text(contents));
  vi.stubEnv('CT_DATA_DIR', root);
  expect(text(await obtainSetFile(entry, file))).toBe(text(contents));
  vi.stubEnv('CT_DATA_DIR', undefined);
  vi.stubEnv('XDG_CACHE_HOME', undefined);
  // No home either: the folder is enough.
  vi.stubEnv('HOME', '');
  expect(text(await obtainSetFile(entry, file, { folder: join(root, 'mnist') }))).toBe(text(contents));
});

it('without a network says what to put where, and what to set', async () => {
  const { message } = (await obtainSetFile(entry, file, { root }).catch((error: Error) => error)) as Error;
  expect(message).toMatch(/^obtainFile: labels\.gz of mnist is not in .*mnist and cannot be put there\.\n/);
  expect(message).toContain(
    `\ninto ${join(root, 'mnist')}\nor set CT_DATA_DIR to the folder that holds mnist/labels.gz.`,
  );
});
