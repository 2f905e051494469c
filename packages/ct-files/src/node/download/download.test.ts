import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  breakingAfter,
  inTurn,
  serveFiles,
  slowly,
  stallingAfter,
  whole,
  withoutRange,
} from '../../../test/fileServer.js';
import type { FileServer, Handler } from '../../../test/fileServer.js';
import { download } from './download.js';
import type { DownloadOptions, DownloadProgress } from './download.js';
import { ownTag } from './ownerTag.js';

const file = new Uint8Array(randomBytes(300_000));
const md5 = createHash('md5').update(file).digest('hex');

let folder = '';
let server: FileServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ct-download-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

const destination = (): string => join(folder, 'set', 'file.gz');
const partial = (bytes: Uint8Array): Promise<void> => writeFile(join(folder, 'file.gz.part'), bytes);

/** Serve the routes and download from them in the order given, into `<folder>/file.gz` unless told. */
async function run(
  routes: Record<string, Handler>,
  options: Partial<DownloadOptions> = {},
  path = join(folder, 'file.gz'),
): Promise<Uint8Array> {
  server = await serveFiles(routes);
  const { url } = server;
  await download(path, {
    name: 'file.gz',
    bytes: file.length,
    md5,
    urls: Object.keys(routes).map((route) => url + route),
    retryDelay: 1,
    ...options,
  });
  return new Uint8Array(await readFile(path));
}

const same = (bytes: Uint8Array): boolean => Buffer.compare(bytes, file) === 0;

describe('download', () => {
  it('makes the folder, reports progress up to the whole, and leaves nothing beside the file', async () => {
    const progress: DownloadProgress[] = [];
    expect(same(await run({ '/a': whole(file) }, { onProgress: (p) => progress.push(p) }, destination()))).toBe(true);
    expect(await readdir(join(folder, 'set'))).toEqual(['file.gz']);
    const { length } = file;
    expect(progress.at(-1)).toEqual({
      phase: 'download',
      file: 'file.gz',
      done: length,
      total: length,
      secondsLeft: 0,
    });
    const done = progress.map((p) => p.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('goes on from what an earlier attempt left', async () => {
    await partial(file.subarray(0, 100_000));
    const progress: number[] = [];
    expect(same(await run({ '/a': whole(file) }, { onProgress: (p) => progress.push(p.done) }))).toBe(true);
    expect(server?.requests).toEqual(['/a bytes=100000-']);
    expect(progress[0]).toBeGreaterThan(100_000);
  });

  it('starts over where the server knows no Range', async () => {
    await partial(file.subarray(0, 100_000));
    expect(same(await run({ '/a': withoutRange(file) }))).toBe(true);
    expect(server?.requests).toEqual(['/a bytes=100000-']);
  });

  it('resumes by itself after a broken connection', async () => {
    expect(same(await run({ '/a': inTurn(breakingAfter(file, 200_000), whole(file)) }))).toBe(true);
    expect(server?.requests[0]).toBe('/a');
    expect(server?.requests[1]).toMatch(/^\/a bytes=\d+-$/);
  });

  it('does not fetch what is already there in full, nor trust it', async () => {
    await partial(file);
    expect(same(await run({ '/a': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual([]);
  });

  it.each([
    { what: 'the wrong bytes', left: new Uint8Array(100_000) },
    { what: 'the wrong bytes in full', left: new Uint8Array(file.length) },
    { what: 'more than the file', left: new Uint8Array(file.length + 1) },
  ])('starts over where an earlier attempt left $what', async ({ left }) => {
    await partial(left);
    expect(same(await run({ '/a': whole(file) }))).toBe(true);
    expect(await readdir(folder)).toEqual(['file.gz']);
  });

  it('starts over after 416 and after an answer with another range', async () => {
    await partial(file.subarray(0, 10));
    const refusing: Handler = (_, response) => void response.writeHead(416).end();
    expect(same(await run({ '/a': inTurn(refusing, whole(file)) }))).toBe(true);
    await server?.close();
    await rm(join(folder, 'file.gz'));
    await partial(file.subarray(0, 10));
    const confused: Handler = (_, response) =>
      void response.writeHead(206, { 'content-range': 'bytes 0-9/300000' }).end(file.subarray(0, 10));
    expect(same(await run({ '/a': inTurn(confused, whole(file)) }))).toBe(true);
  });

  it('turns to the next mirror after 404 at once, after 503 when retries are used up', async () => {
    const missing: Handler = (_, response) => void response.writeHead(404).end('no');
    const busy: Handler = (_, response) => void response.writeHead(503).end('later');
    expect(same(await run({ '/missing': missing, '/busy': busy, '/good': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual(['/missing', '/busy', '/busy', '/busy', '/good']);
  });

  it('never takes a web page for the file, whatever its status says', async () => {
    const page: Handler = (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to the network</html>');
    expect(same(await run({ '/portal': page, '/good': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual(['/portal', '/good']);
  });

  it.each([
    { what: 'no size', known: { bytes: undefined } },
    {
      what: 'no MD5 but a SHA-256',
      known: { md5: undefined, sha256: createHash('sha256').update(file).digest('hex') },
    },
    { what: 'neither size nor sum', known: { bytes: undefined, md5: undefined } },
  ])('fetches a file of which $what is known, and goes on with a part of it', async ({ known }) => {
    const progress: DownloadProgress[] = [];
    await partial(file.subarray(0, 100_000));
    expect(same(await run({ '/a': whole(file) }, { ...known, onProgress: (p) => progress.push(p) }))).toBe(true);
    expect(server?.requests).toEqual(['/a bytes=100000-']);
    expect(progress.at(-1)).toMatchObject({ done: file.length, total: file.length, secondsLeft: 0 });
  });

  it('refuses other bytes than those of a SHA-256, and a page where nothing is known', async () => {
    const sha256 = '0'.repeat(64);
    await expect(run({ '/a': whole(file) }, { bytes: undefined, md5: undefined, sha256 })).rejects.toThrow(
      /sent 300000 bytes of sha256 [0-9a-f]{64}, expected any number of bytes of sha256 0{64}/,
    );
    await server?.close();
    const page: Handler = (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
    await expect(run({ '/a': page }, { bytes: undefined, md5: undefined })).rejects.toThrow(
      /a web page, perhaps to log/,
    );
  });

  it('names both sums on a mismatch and keeps no bad bytes', async () => {
    const bad = new Uint8Array(file.length);
    const badMd5 = createHash('md5').update(bad).digest('hex');
    await expect(run({ '/a': whole(bad) })).rejects.toThrow(
      `sent 300000 bytes of md5 ${badMd5}, expected 300000 bytes of md5 ${md5}`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('stops reading a server that does not stop sending', async () => {
    const endless: Handler = (_, response) => {
      response.writeHead(200);
      const more = (): void =>
        void (response.writable && response.write(Buffer.alloc(65536), () => setImmediate(more)));
      more();
    };
    await expect(run({ '/a': endless })).rejects.toThrow(/sent more than the 300000 bytes expected/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('lists every address with its fault when none will do', async () => {
    const error = await run(
      { '/a': (_, response) => void response.writeHead(403).end() },
      { urls: ['http://127.0.0.1:1/x', 'http://no-such-host.invalid/y'] },
    ).catch((e: Error) => e);
    const { message } = error as Error;
    expect(message).toMatch(/^download: could not fetch file\.gz \(300000 bytes, md5 [0-9a-f]{32}\)\n/);
    expect(message).toMatch(/http:\/\/127\.0\.0\.1:1\/x: \S/);
    expect(message).toMatch(/no-such-host\.invalid\/y: .*(ENOTFOUND|EAI_AGAIN)/);
  });

  it(
    'when aborted midway rejects with the reason, leaves no file under its name, and resumes the next ' + 'time',
    async () => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const aborted = run(
        { '/a': inTurn(stallingAfter(file, 150_000), whole(file)) },
        {
          signal: controller.signal,
          onProgress: ({ done }) => {
            if (done >= 150_000) controller.abort(reason);
          },
        },
      );
      await expect(aborted).rejects.toBe(reason);
      expect(await readdir(folder)).toEqual(['file.gz.part']);
      await download(join(folder, 'file.gz'), { name: 'file.gz', bytes: file.length, md5, urls: [`${server?.url}/a`] });
      expect(server?.requests).toEqual(['/a', '/a bytes=150000-']);
      expect(same(await readFile(join(folder, 'file.gz')))).toBe(true);
      expect(await readdir(folder)).toEqual(['file.gz']);
    },
  );

  it(
    'touches nothing when aborted beforehand, and does not wait out its delay when aborted between ' + 'attempts',
    async () => {
      await expect(
        run({ '/a': whole(file) }, { signal: AbortSignal.abort(new Error('no')) }, destination()),
      ).rejects.toThrow('no');
      expect(await readdir(folder)).toEqual([]);
      await server?.close();
      const started = performance.now();
      const busy: Handler = (_, response) => void response.writeHead(503).end();
      await expect(run({ '/a': busy }, { signal: AbortSignal.timeout(100), retryDelay: 60_000 })).rejects.toThrow(
        /timeout/,
      );
      expect(performance.now() - started).toBeLessThan(10_000);
    },
  );

  it('lets several fetch the same file at once, from nothing and from what an earlier attempt left', async () => {
    const slow: Handler = (request, response) => setTimeout(() => whole(file)(request, response), Math.random() * 30);
    server = await serveFiles({ '/a': slow });
    const options = { name: 'file.gz', bytes: file.length, md5, urls: [`${server.url}/a`], retryDelay: 1 };
    for (const left of [
      undefined,
      file.subarray(0, 100_000),
      new Uint8Array(100_000),
      file,
      new Uint8Array(file.length),
    ]) {
      await rm(join(folder, 'file.gz'), { force: true });
      if (left) await partial(left);
      await Promise.all(Array.from({ length: 8 }, () => download(join(folder, 'file.gz'), options)));
      expect(same(await readFile(join(folder, 'file.gz')))).toBe(true);
      expect(await readdir(folder)).toEqual(['file.gz']);
    }
  });

  it('fetches nothing for a file that is there', async () => {
    await writeFile(join(folder, 'file.gz'), file);
    expect(same(await run({ '/a': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual([]);
  });

  it('passes on a fault of the file system instead of blaming the network', async () => {
    await writeFile(join(folder, 'set'), 'a file where a folder should be');
    await expect(run({ '/a': whole(file) }, {}, destination())).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(server?.requests).toEqual([]);
  });

  it('never touches what another download has verified, however late it ends', async () => {
    const wrong = file.slice();
    wrong[file.length - 10]! ^= 1;
    server = await serveFiles({ '/slow': slowly(wrong, 60_000, 40), '/fast': slowly(file, 60_000, 5) });
    const from = (path: string): Promise<void> =>
      download(join(folder, 'file.gz'), {
        name: 'file.gz',
        bytes: file.length,
        md5,
        urls: [`${server?.url}${path}`],
        retries: 0,
      });
    const slow = from('/slow').then(
      () => 'done',
      (error: Error) => error.message,
    );
    await from('/fast');
    const { ino } = await stat(join(folder, 'file.gz'));
    // It is there and right, which is what was asked for.
    expect(await slow).toBe('done');
    expect((await stat(join(folder, 'file.gz'))).ino).toBe(ino);
    expect(same(await readFile(join(folder, 'file.gz')))).toBe(true);
    expect(await readdir(folder)).toEqual(['file.gz']);
  });

  it('stops, while its own server is slow, once another download has the file', async () => {
    server = await serveFiles({ '/slow': slowly(file, 2000, 100), '/fast': whole(file) });
    const options = { name: 'file.gz', bytes: file.length, md5 };
    const slow = download(join(folder, 'file.gz'), { ...options, urls: [`${server.url}/slow`] });
    await download(join(folder, 'file.gz'), { ...options, urls: [`${server.url}/fast`] });
    const begun = performance.now();
    await slow;
    // It would take 15 s to the end.
    expect(performance.now() - begun).toBeLessThan(8000);
    expect(await readdir(folder)).toEqual(['file.gz']);
  });

  it.each([
    {
      what: 'other bytes of the same number',
      there: new Uint8Array(300_000),
      holds: /holds 300000 bytes of md5 [0-9a-f]{32}, expected 300000 bytes/,
    },
    {
      what: 'another number of bytes',
      there: new Uint8Array(10),
      holds: /holds 10 bytes, expected 300000 bytes of md5 .*; delete it and run again/,
    },
  ])('does not overwrite a file with $what', async ({ there, holds }) => {
    await writeFile(join(folder, 'file.gz'), there);
    await expect(run({ '/a': whole(file) })).rejects.toThrow(holds);
    expect(Buffer.compare(await readFile(join(folder, 'file.gz')), there)).toBe(0);
    expect(server?.requests).toEqual([]);
  });

  it('writes through no link: not one under its name, not one under that of a partial file', async () => {
    await writeFile(join(folder, 'precious'), file.subarray(0, 1000));
    await symlink('precious', join(folder, 'file.gz.part'));
    expect(same(await run({ '/a': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual(['/a']);
    expect((await readFile(join(folder, 'precious'))).length).toBe(1000);
    await server?.close();
    await rm(join(folder, 'file.gz'));
    await symlink('nowhere', join(folder, 'file.gz'));
    await expect(run({ '/a': whole(file) })).rejects.toThrow(
      `${join(folder, 'file.gz')} is a link that leads nowhere; remove it`,
    );
    expect((await readdir(folder)).sort()).toEqual(['file.gz', 'precious']);
  });

  it('lets nobody read along, and gives the file the usual rights at its end', async () => {
    const modes: Promise<number>[] = [];
    const onProgress = (): void => {
      modes.push(readdir(folder).then(async ([name = '']) => (await lstat(join(folder, name))).mode & 0o777));
    };
    await run({ '/a': slowly(file, 100_000, 30) }, { onProgress });
    expect((await Promise.all(modes))[0]).toBe(0o600);
    expect((await stat(join(folder, 'file.gz'))).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  describe('of what others left', () => {
    const left = async (name: string, bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), bytes);
      return name;
    };
    const dead = (): number => spawnSync(process.execPath, ['-e', '']).pid;
    const tagged = async (change: (tag: string) => string, name = 'file.gz'): Promise<string> =>
      `.${name}.${change(await ownTag())}.part`;

    it('goes on with the longest of killed processes, and removes all', async () => {
      await left(await tagged((tag) => tag.replace(/-\d+-/, `-${dead()}-`)), file.subarray(0, 1000));
      await left(await tagged((tag) => tag.replace(/-\d+-/, `-${dead()}-`)), file.subarray(0, 120_000));
      await left(await tagged((tag) => tag.replace(/-\d+-/, `-${dead()}-`)), new Uint8Array(file.length + 1));
      // This process's number, at another time.
      await left(await tagged((tag) => tag.replace(/-\d+-([0-9a-f]+)$/, '-1-$1')), file.subarray(0, 2000));
      expect(same(await run({ '/a': whole(file) }))).toBe(true);
      expect(server?.requests).toEqual(['/a bytes=120000-']);
      expect(await readdir(folder)).toEqual(['file.gz']);
    });

    it('leaves alone what living processes write, and machines that wrote just now', async () => {
      const mine = await left(await tagged((tag) => tag), file.subarray(0, 1000));
      const elsewhere = await left(
        await tagged((tag) => tag.replace(/^.{12}/, '0'.repeat(12))),
        file.subarray(0, 2000),
      );
      expect(same(await run({ '/a': whole(file) }))).toBe(true);
      expect(server?.requests).toEqual(['/a']);
      expect((await readdir(folder)).sort()).toEqual([mine, elsewhere, 'file.gz'].sort());
    });

    it('takes what another machine has not written to for long, and sweeps what is of no more use', async () => {
      const elsewhere = await left(
        await tagged((tag) => tag.replace(/^.{12}/, '0'.repeat(12))),
        file.subarray(0, 2000),
      );
      await utimes(join(folder, elsewhere), new Date(), new Date(Date.now() - 11 * 60_000));
      await left('other.gz', new Uint8Array(1));
      await left(await tagged((tag) => tag.replace(/-\d+-/, `-${dead()}-`), 'other.gz'), file.subarray(0, 10));
      const wanted = await left(
        await tagged((tag) => tag.replace(/-\d+-/, `-${dead()}-`), 'third.gz'),
        file.subarray(0, 10),
      );
      await mkdir(join(folder, 'file.gz.part'));
      expect(same(await run({ '/a': whole(file) }))).toBe(true);
      expect(server?.requests).toEqual(['/a bytes=2000-']);
      expect((await readdir(folder)).sort()).toEqual([wanted, 'file.gz', 'file.gz.part', 'other.gz'].sort());
    });
  });

  it.each([
    { what: 'falls silent', handler: stallingAfter(file, 150_000), again: '/a bytes=150000-' },
    { what: 'never answers', handler: () => undefined, again: '/a' },
    { what: 'sends a byte now and then', handler: slowly(file, 1, 20), again: /^\/a bytes=\d{1,2}-$/ },
  ])('tries again where a server $what, from where it ended', async ({ handler, again }) => {
    const begun = performance.now();
    expect(same(await run({ '/a': inTurn(handler, whole(file)) }, { idleTimeout: 300 }))).toBe(true);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(server?.requests).toEqual(['/a', expect.stringMatching(again) as string]);
  });

  it('says of a stalled server that it is, and takes no slow line for one', async () => {
    await expect(run({ '/a': stallingAfter(file, 10) }, { idleTimeout: 200, retries: 0 })).rejects.toThrow(
      '/a: sent nothing, or next to nothing, for 0.2 s',
    );
    await server?.close();
    expect(same(await run({ '/a': slowly(file, 20_000, 60) }, { idleTimeout: 400 }))).toBe(true);
    expect(server?.requests).toEqual(['/a bytes=10-']);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://127.0.0.1/x',
    'data:text/plain,x',
    'javascript:0',
    '/etc/passwd',
    'no address',
    '',
  ])('refuses the address %j before it does anything', async (url) => {
    await expect(run({ '/a': whole(file) }, { urls: [url] }, destination())).rejects.toThrow(
      `download: addresses must begin with http:// or https://, got ${JSON.stringify(url)}`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses passwords in addresses without showing them', async () => {
    const { message } = (await run({ '/a': whole(file) }, { urls: ['http://me:secret@127.0.0.1:1/x'] }).catch(
      (error: Error) => error,
    )) as Error;
    expect(message).toContain('addresses must not hold a user name or password, got one of 127.0.0.1:1');
    expect(message).not.toContain('secret');
  });

  it('refuses names that are paths', async () => {
    await expect(run({ '/a': whole(file) }, { name: '../file.gz' })).rejects.toThrow('expected the name of a file');
    await expect(run({ '/a': whole(file) }, {}, join(folder, 'nul.gz'))).rejects.toThrow('expected the name of a file');
    expect(await readdir(folder)).toEqual([]);
  });
});
