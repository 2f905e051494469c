import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFiles, whole } from '../../../test/fileServer.js';
import type { FileServer } from '../../../test/fileServer.js';
import { obtainFile } from './obtainFile.js';
import type { Collection, PackedFile } from './obtainFile.js';

const contents = new Uint8Array(Buffer.from('what the file holds, '.repeat(50)));
const packed = gzipSync(contents);
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const file: PackedFile = {
  name: 'labels.gz',
  bytes: packed.length,
  md5: md5(packed),
  contents: { bytes: contents.length, md5: md5(contents) },
};
const entry: Collection = { name: 'mnist', mirrors: ['http://127.0.0.1:1/'] };

let root = '';
let server: FileServer | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-cache-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(root, { recursive: true });
});

async function put(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(root, 'mnist'), { recursive: true });
  await writeFile(join(root, 'mnist', name), bytes);
}
const equal = (bytes: Uint8Array): boolean => Buffer.compare(bytes, contents) === 0;

describe('obtainFile', () => {
  it.each([
    { what: 'as it is on the mirrors', name: 'labels.gz', bytes: packed },
    { what: 'compressed another way', name: 'labels.gz', bytes: gzipSync(contents, { level: 1 }) },
    { what: 'unpacked', name: 'labels', bytes: contents },
    { what: 'unpacked under its gzipped name', name: 'labels.gz', bytes: contents },
  ])('takes a local file $what', async ({ name, bytes }) => {
    await put(name, bytes);
    expect(equal(await obtainFile(entry, file, { root }))).toBe(true);
    expect(equal(await obtainFile(entry, file, { root: 'elsewhere', folder: join(root, 'mnist') }))).toBe(true);
    expect(await readdir(join(root, 'mnist'))).toEqual([name]);
  });

  it('reads from a folder that cannot be written', async () => {
    await put('labels.gz', packed);
    await chmod(join(root, 'mnist'), 0o555);
    expect(equal(await obtainFile(entry, file, { root }))).toBe(true);
    await chmod(join(root, 'mnist'), 0o755);
  });

  it('downloads what is missing, once', async () => {
    server = await serveFiles({ '/deep/labels.gz': whole(packed) });
    const options = { root, mirrors: [`${server.url}/missing`, `${server.url}/deep`] };
    expect(equal(await obtainFile(entry, file, options))).toBe(true);
    expect(equal(await obtainFile(entry, file, options))).toBe(true);
    expect(server.requests).toEqual(['/missing/labels.gz', '/deep/labels.gz']);
    expect(Buffer.compare(await readFile(join(root, 'mnist', 'labels.gz')), packed)).toBe(0);
  });

  it.each([
    {
      what: 'other contents',
      bytes: gzipSync('something else'),
      message: new RegExp(
        `holds 14 bytes of md5 ${md5(Buffer.from('something else'))}, expected 1050 bytes of md5 ` +
          `${file.contents.md5}; delete it`,
      ),
    },
    {
      what: 'half of them',
      bytes: packed.subarray(0, packed.length / 2),
      message: /does not unpack to 1050 bytes of md5 .* \(unexpected end of file\); delete it/,
    },
    { what: 'a bomb', bytes: gzipSync(new Uint8Array(2 ** 24)), message: /does not unpack to 1050 bytes/ },
    { what: 'nothing', bytes: new Uint8Array(), message: /holds 0 bytes of md5 d41d8cd98f00b204e9800998ecf8427e/ },
  ])('refuses a local file with $what, and leaves it to its owner', async ({ bytes, message }) => {
    await put('labels.gz', bytes);
    await expect(obtainFile(entry, file, { root })).rejects.toThrow(message);
    expect(await readdir(join(root, 'mnist'))).toEqual(['labels.gz']);
  });

  it('without a network says what to put where', async () => {
    const cure = 'or set CT_DATA_DIR to the folder that holds mnist/labels.gz.';
    const error = await obtainFile(entry, file, { root, cure }).catch((e: Error) => e);
    const { message } = error as Error;
    expect(message).toContain(
      `obtainFile: labels.gz of mnist is not in ${join(root, 'mnist')} and cannot be put there.`,
    );
    expect(message).toContain(
      `put labels.gz (md5 ${file.md5}), gzipped or unpacked, from one of\n  ` +
        `http://127.0.0.1:1/labels.gz\ninto ${join(root, 'mnist')}\n`,
    );
    expect(message).toContain('or set CT_DATA_DIR to the folder that holds mnist/labels.gz.');
  });

  it('when offline asks nobody and makes no folder', async () => {
    server = await serveFiles({ '/labels.gz': whole(packed) });
    await expect(obtainFile(entry, file, { root, mirrors: [server.url], offline: true })).rejects.toThrow(
      /is not in .*mnist, and offline is set\.\nTo go on/,
    );
    expect(server.requests).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  });

  it('passes on the reason of an abort', async () => {
    const reason = new Error('changed my mind');
    await expect(obtainFile(entry, file, { root, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('keeps no download with the wrong sum', async () => {
    server = await serveFiles({ '/labels.gz': whole(new Uint8Array(packed.length)) });
    await expect(obtainFile(entry, file, { root, mirrors: [server.url] })).rejects.toThrow(
      `expected ${packed.length} bytes of md5 ${file.md5}`,
    );
    expect(await readdir(join(root, 'mnist'))).toEqual([]);
  });

  it.each([
    { what: 'set', bad: { entry: { ...entry, name: '../mnist' }, file } },
    { what: 'file', bad: { entry, file: { ...file, name: '../../labels.gz' } } },
    { what: 'file, absolute,', bad: { entry, file: { ...file, name: '/tmp/labels.gz' } } },
  ])('refuses the name of a $what that leaves its folder', async ({ bad }) => {
    await expect(obtainFile(bad.entry, bad.file, { root })).rejects.toThrow(
      /^obtainFile: expected the name of a file, without folders/,
    );
    expect(await readdir(root)).toEqual([]);
  });

  it('keeps the query of a mirror, and refuses one that is no address of the web', async () => {
    server = await serveFiles({ '/deep/labels.gz?key=1': whole(packed) });
    expect(equal(await obtainFile(entry, file, { root, mirrors: [`${server.url}/deep//?key=1`] }))).toBe(true);
    for (const mirror of ['file:///data', 'data', 'ftp://127.0.0.1/']) {
      await expect(obtainFile(entry, { ...file, name: 'x.gz' }, { root, mirrors: [mirror] })).rejects.toThrow(
        `addresses must begin with http:// or https://, got "${mirror}"`,
      );
    }
  });

  it('passes on after how long a server counts as stalled', async () => {
    server = await serveFiles({ '/labels.gz': () => undefined });
    const stalled = obtainFile(entry, file, { root, mirrors: [server.url], idleTimeout: 50 });
    await expect(stalled).rejects.toThrow('sent nothing, or next to nothing, for 0.05 s');
    expect(server.requests).toHaveLength(3);
  });

  it('waits for no pipe, and reads nothing that is far too large', async () => {
    await mkdir(join(root, 'mnist'));
    execFileSync('mkfifo', [join(root, 'mnist', 'labels.gz')]);
    await expect(obtainFile(entry, file, { root })).rejects.toThrow(
      `obtainFile: ${join(root, 'mnist', 'labels.gz')} is not a file; remove or rename it`,
    );
    await rm(join(root, 'mnist', 'labels.gz'));
    await put('labels.gz', new Uint8Array(100_000));
    await expect(obtainFile(entry, file, { root })).rejects.toThrow(
      'holds 100000 bytes, more than 1050 can be packed into; delete it',
    );
  });
});
