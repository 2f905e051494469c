import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkAddress, DownloadFault, requestRange } from './requestRange.js';

afterEach(() => vi.unstubAllGlobals());

const limits = { idleTimeout: 50 };

/** Answers every request with what `answer` makes, and keeps the headers that were asked with. */
function answering(answer: () => Response | Promise<Response>): Record<string, string>[] {
  const asked: Record<string, string>[] = [];
  vi.stubGlobal('fetch', (_: string, init: { headers: Record<string, string> }) => {
    asked.push(init.headers);
    return Promise.resolve(answer());
  });
  return asked;
}

function part(start: number, length: number, headers: Record<string, string> = {}): Response {
  return new Response(new Uint8Array(length), {
    status: start > 0 ? 206 : 200,
    headers: { ...(start > 0 && { 'content-range': `bytes ${start}-9/10` }), ...headers },
  });
}

async function faultOf(promise: Promise<unknown>): Promise<Pick<DownloadFault, 'message' | 'retry' | 'discard'>> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DownloadFault);
  const { message, retry, discard } = error as DownloadFault;
  return { message, retry, discard };
}

describe('requestRange', () => {
  it('lets a server that has answered be asked again, though a browser says no more than that it broke', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('network error')) });
    answering(() => new Response(body));
    const { chunks } = await requestRange('https://example.org/file', 0, 10, limits);
    const reading = (async () => {
      for await (const chunk of chunks) expect(chunk).toBeUndefined();
    })();
    expect(await faultOf(reading)).toEqual({ message: 'network error', retry: true, discard: false });
  });

  it('asks for the rest, unpacked, and says where the answer begins', async () => {
    for (const [position, answer, start] of [
      [0, part(0, 10), 0],
      [4, part(4, 6), 4],
      // A server without ranges sends all.
      [4, part(0, 10, { 'content-length': '10' }), 0],
    ] as const) {
      const asked = answering(() => answer);
      const response = await requestRange('http://x/', position, 10, limits);
      expect(response.start).toBe(start);
      expect(asked[0]!['accept-encoding']).toBe('identity');
      expect(asked[0]!['range']).toBe(position === 0 ? undefined : 'bytes=4-');
      let length = 0;
      for await (const chunk of response.chunks) length += chunk.length;
      expect(length).toBe(10 - start);
    }
  });

  it.each([
    [() => new Response('', { status: 404, statusText: 'Not Found' }), 'answered 404 Not Found', false, false],
    [() => new Response('', { status: 503 }), 'answered 503', true, false],
    [() => new Response('', { status: 429 }), 'answered 429', true, false],
    [() => new Response(null, { status: 416 }), 'refused to go on from where the last attempt ended', true, true],
    [() => part(5, 5), 'answered with the range "bytes 5-9/10" instead of bytes 4-', true, true],
    [() => part(4, 6, { 'content-length': '7' }), 'announced 7 bytes instead of 6', true, true],
    [() => part(0, 9, { 'content-length': '9' }), 'announced 9 bytes instead of 10', false, false],
  ])('%#: tells what may pass from what will not: %s', async (answer, message, retry, discard) => {
    answering(answer);
    expect(await faultOf(requestRange('http://x/', 4, 10, limits))).toEqual({ message, retry, discard });
  });

  it.each([
    ['ENOTFOUND', false],
    ['ECONNREFUSED', false],
    ['ECONNRESET', true],
  ])('gives the words of the system: %s, another attempt %s', async (code, retry) => {
    const cause = Object.assign(new Error('no luck'), { code });
    answering(() => Promise.reject(new TypeError('fetch failed', { cause })));
    expect(await faultOf(requestRange('http://x/', 0, 10, limits))).toMatchObject({
      message: `no luck (${code})`,
      retry,
    });
  });

  it('counts time spent on waiting alone, and a byte now and then as nothing', async () => {
    const drip = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 15));
        controller.enqueue(new Uint8Array(1));
      },
    });
    answering(() => new Response(drip, { status: 200 }));
    // The body of a real request ends with its signal.
    const { chunks } = await requestRange('http://x/', 0, 10, limits);
    const seen: number[] = [];
    const all = (async () => {
      for await (const chunk of chunks) {
        seen.push(chunk.length);
        // A slow disk does not count.
        if (seen.length === 1) await new Promise((resolve) => setTimeout(resolve, 100));
        if (seen.length === 20) return;
      }
    })();
    await all;
    expect(seen.length).toBe(20);
  });
});

it('checkAddress takes addresses of the web alone, and shows no password', () => {
  expect(() => checkAddress('https://example.org/a.gz')).not.toThrow();
  for (const other of ['file:///etc/passwd', 'a.gz', 'ftp://example.org/a'])
    expect(() => checkAddress(other)).toThrow(`addresses must begin with http:// or https://, got "${other}"`);
  let message = '';
  try {
    checkAddress('https://me:secret@example.org/a');
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain('example.org');
  expect(message).not.toContain('secret');
});
