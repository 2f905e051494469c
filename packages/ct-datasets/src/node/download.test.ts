import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download } from '../../src/node/download.js';
import type { DownloadOptions, DownloadProgress } from '../../src/node/download.js';
import { breakingAfter, inTurn, serveFiles, stallingAfter, whole, withoutRange } from '../../test/fileServer.js';
import type { FileServer, Handler } from '../../test/fileServer.js';

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
async function run(routes: Record<string, Handler>, options: Partial<DownloadOptions> = {}, path = join(folder, 'file.gz')): Promise<Uint8Array> {
  server = await serveFiles(routes);
  const { url } = server;
  await download(path, { name: 'file.gz', bytes: file.length, md5, urls: Object.keys(routes).map((route) => url + route), retryDelay: 1, ...options });
  return new Uint8Array(await readFile(path));
}

const same = (bytes: Uint8Array): boolean => Buffer.compare(bytes, file) === 0;

describe('download', () => {
  it('makes the folder, reports progress up to the whole, and leaves nothing beside the file', async () => {
    const progress: DownloadProgress[] = [];
    expect(same(await run({ '/a': whole(file) }, { onProgress: (p) => progress.push(p) }, destination()))).toBe(true);
    expect(await readdir(join(folder, 'set'))).toEqual(['file.gz']);
    expect(progress.at(-1)).toEqual({ file: 'file.gz', received: file.length, total: file.length });
    const received = progress.map((p) => p.received);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  it('goes on from what an earlier attempt left', async () => {
    await partial(file.subarray(0, 100_000));
    const progress: number[] = [];
    expect(same(await run({ '/a': whole(file) }, { onProgress: (p) => progress.push(p.received) }))).toBe(true);
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
    const confused: Handler = (_, response) => void response.writeHead(206, { 'content-range': 'bytes 0-9/300000' }).end(file.subarray(0, 10));
    expect(same(await run({ '/a': inTurn(confused, whole(file)) }))).toBe(true);
  });

  it('turns to the next mirror after 404 at once, after 503 when retries are used up', async () => {
    const missing: Handler = (_, response) => void response.writeHead(404).end('no');
    const busy: Handler = (_, response) => void response.writeHead(503).end('later');
    expect(same(await run({ '/missing': missing, '/busy': busy, '/good': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual(['/missing', '/busy', '/busy', '/busy', '/good']);
  });

  it('never takes a web page for the file, whatever its status says', async () => {
    const page: Handler = (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to the network</html>');
    expect(same(await run({ '/portal': page, '/good': whole(file) }))).toBe(true);
    expect(server?.requests).toEqual(['/portal', '/good']);
  });

  it('names both sums on a mismatch and keeps no bad bytes', async () => {
    const bad = new Uint8Array(file.length);
    const badMd5 = createHash('md5').update(bad).digest('hex');
    await expect(run({ '/a': whole(bad) })).rejects.toThrow(`sent 300000 bytes of md5 ${badMd5}, expected 300000 bytes of md5 ${md5}`);
    expect(await readdir(folder)).toEqual([]);
  });

  it('stops reading a server that does not stop sending', async () => {
    const endless: Handler = (_, response) => {
      response.writeHead(200);
      const more = (): void => void (response.writable && response.write(Buffer.alloc(65536), () => setImmediate(more)));
      more();
    };
    await expect(run({ '/a': endless })).rejects.toThrow(/sent more than the 300000 bytes expected/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('lists every address with its fault when none will do', async () => {
    const error = await run({ '/a': (_, response) => void response.writeHead(403).end() }, { urls: ['http://127.0.0.1:1/x', 'http://no-such-host.invalid/y'] }).catch((e: Error) => e);
    const { message } = error as Error;
    expect(message).toMatch(/^download: could not fetch file\.gz \(300000 bytes, md5 [0-9a-f]{32}\)\n/);
    expect(message).toMatch(/http:\/\/127\.0\.0\.1:1\/x: \S/);
    expect(message).toMatch(/no-such-host\.invalid\/y: .*(ENOTFOUND|EAI_AGAIN)/);
  });

  it('when aborted midway rejects with the reason, leaves no file under its name, and resumes the next time', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = run({ '/a': inTurn(stallingAfter(file, 150_000), whole(file)) }, {
      signal: controller.signal,
      onProgress: ({ received }) => {
        if (received >= 150_000) controller.abort(reason);
      },
    });
    await expect(aborted).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual(['file.gz.part']);
    await download(join(folder, 'file.gz'), { name: 'file.gz', bytes: file.length, md5, urls: [`${server?.url}/a`] });
    expect(server?.requests).toEqual(['/a', '/a bytes=150000-']);
    expect(same(await readFile(join(folder, 'file.gz')))).toBe(true);
    expect(await readdir(folder)).toEqual(['file.gz']);
  });

  it('touches nothing when aborted beforehand, and does not wait out its delay when aborted between attempts', async () => {
    await expect(run({ '/a': whole(file) }, { signal: AbortSignal.abort(new Error('no')) }, destination())).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
    await server?.close();
    const started = performance.now();
    const busy: Handler = (_, response) => void response.writeHead(503).end();
    await expect(run({ '/a': busy }, { signal: AbortSignal.timeout(100), retryDelay: 60_000 })).rejects.toThrow(/timeout/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('lets several fetch the same file at once, from nothing and from what an earlier attempt left', async () => {
    const slow: Handler = (request, response) => setTimeout(() => whole(file)(request, response), Math.random() * 30);
    server = await serveFiles({ '/a': slow });
    const options = { name: 'file.gz', bytes: file.length, md5, urls: [`${server.url}/a`], retryDelay: 1 };
    for (const left of [undefined, file.subarray(0, 100_000), new Uint8Array(100_000), file, new Uint8Array(file.length)]) {
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
});
