import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchBytes } from './fetchBytes.js';

const subject = 'loadPretrained: expected the weights';
const url = new URL('https://example.org/model.safetensors');

function answer(body: BodyInit | null, init: ResponseInit = {}): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, init)));
}

afterEach(() => vi.unstubAllGlobals());

describe('fetchBytes', () => {
  it('gives the bytes', async () => {
    answer(Uint8Array.of(8, 0, 60), { headers: { 'content-length': '3' } });
    expect(await fetchBytes(url, { subject })).toEqual(Uint8Array.of(8, 0, 60));
  });

  it('takes bytes that a server calls a page', async () => {
    answer(Uint8Array.of(8, 0, 0, 0), { headers: { 'content-type': 'text/html' } });
    expect(await fetchBytes(url, { subject })).toHaveLength(4);
  });

  it.each([
    ['index.html', '<!doctype html><div id=app>', 'text/html'],
    ['index.html after blanks and a byte order mark', '\ufeff\n <!DOCTYPE HTML>', 'text/html; charset=utf-8'],
    ['a page without a type', '<html lang=en>', 'application/octet-stream'],
    ['a fragment that is called a page', '<p>not found', 'text/html'],
  ])('says that it got a page: %s', async (_, body, type) => {
    answer(body, { headers: { 'content-type': type } });
    await expect(fetchBytes(url, { subject })).rejects.toThrow(
      new RegExp(
        '^loadPretrained: expected the weights at https://example\\.org/model\\.safetensors, got an ' +
          'HTML page; .*index\\.html .*public/',
      ),
    );
  });

  it('says what a server refuses, what does not arrive, and what is cut short', async () => {
    answer(null, { status: 404, statusText: 'Not Found' });
    await expect(fetchBytes(url, { subject })).rejects.toThrow('got HTTP 404 Not Found; put the file there');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(fetchBytes(url, { subject })).rejects.toThrow('got no answer (Failed to fetch); is the address right');
    answer(Uint8Array.of(1, 2), { headers: { 'content-length': '5' } });
    await expect(fetchBytes(url, { subject })).rejects.toThrow('got 2 of 5 bytes; fetch it again');
    // The length of what was packed says nothing of what is unpacked.
    answer(Uint8Array.of(1, 2), { headers: { 'content-length': '5', 'content-encoding': 'gzip' } });
    expect(await fetchBytes(url, { subject })).toHaveLength(2);
  });
});
