// A server of files on 127.0.0.1 that knows ranges and redirects, and misbehaves as it is told.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tinySet } from './tinySets.mjs';

/**
 * Answers requests for files by name.
 *
 * @param {Readonly<Record<string, Uint8Array>>} files
 * @param {(request: number, name: string) => import('./index.mjs').Fault} [faultOf]
 */
function answering(files, faultOf = () => undefined) {
  /** @type {string[]} */
  const requests = [];
  let judged = 0;
  /** @type {import('node:http').RequestListener} */
  const listener = (request, response) => {
    const address = new URL(request.url ?? '', 'http://localhost');
    const name = decodeURIComponent(address.pathname.slice(1));
    const bytes = files[name];
    const fault = address.searchParams.has('moved') ? undefined : faultOf(judged++, name);
    requests.push([name, request.headers.range].filter(Boolean).join(' '));
    if (bytes === undefined || fault === 'missing') response.writeHead(404).end('no');
    else if (fault === 'busy') response.writeHead(503).end('later');
    else if (fault === 'page')
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
    else if (fault === 'redirected') response.writeHead(302, { location: `${address.pathname}?moved` }).end();
    else
      answer(response, fault === 'wrong' ? bytes.map((byte) => byte ^ 1) : bytes, {
        from: Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0),
        isBroken: fault === 'broken',
      });
  };
  return { listener, requests };
}

/**
 * Serves files by name.
 *
 * @type {typeof import('./index.mjs').serve}
 */
export async function serve(files, faultOf) {
  const { listener, requests } = answering(files, faultOf);
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * A plugin of Vite that serves sets to pages: `/sets/NAME/FILE` is a file, whose first request breaks off in the
 * middle; `/sets/NAME?files` the files as a catalogue has them, and `/sets/NAME?asked` what was asked for, as JSON.
 *
 * @type {typeof import('./index.mjs').setsPlugin}
 */
export function setsPlugin(catalog) {
  /** @type {Map<string, Promise<ReturnType<typeof answering> & { files: readonly object[] }>>} */
  const sets = new Map();
  /** @param {string} name */
  const make = async (name) => {
    const { contents, files } = await tinySet(catalog[name]);
    const seen = new Set();
    return { files, ...answering(contents, (_, file) => (seen.has(file) ? undefined : (seen.add(file), 'broken'))) };
  };
  return {
    name: 'sets',
    // Vite would take a value that is returned for something to call.
    configureServer: ({ middlewares }) => {
      middlewares.use('/sets', async (request, response) => {
        const [, name = '', rest = ''] = /^\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? [];
        if (!sets.has(name)) sets.set(name, make(name));
        const { files, listener, requests } = await /** @type {ReturnType<typeof make>} */ (sets.get(name));
        if (rest === '?files') return void response.end(JSON.stringify(files));
        if (rest === '?asked') return void response.end(JSON.stringify(requests));
        request.url = rest;
        listener(request, response);
      });
    },
  };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Uint8Array} bytes
 * @param {{ from: number, isBroken: boolean }} how
 */
function answer(response, bytes, { from, isBroken }) {
  if (from > 0 && from >= bytes.length) return void response.writeHead(416).end();
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  if (!isBroken) return void response.end(bytes.subarray(from));
  const half = from + Math.max(1, Math.floor((bytes.length - from) / 2));
  response.write(bytes.subarray(from, half), () => setTimeout(() => response.destroy(), 20));
}
