/**
 * A server on 127.0.0.1 for the download tests: it serves bytes, with or without Range, and misbehaves on request.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A running server; requests are recorded as `path range`. */
export interface FileServer {
  readonly url: string;
  readonly requests: string[];
  close(): Promise<void>;
}

/** Serve `routes` by path; anything else is answered 404. */
export async function serveFiles(routes: Readonly<Record<string, Handler>>): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push([path, request.headers.range].filter(Boolean).join(' '));
    const handler = routes[path];
    if (handler) handler(request, response);
    else response.writeHead(404).end('<html>not here</html>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The whole file, or the part that a Range header asks for. */
export const whole =
  (file: Uint8Array): Handler =>
  (request, response) => {
    const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    if (start === undefined) {
      response.writeHead(200, { 'content-length': file.length }).end(file);
    } else if (Number(start) >= file.length) {
      response.writeHead(416).end();
    } else {
      const rest = file.subarray(Number(start));
      response
        .writeHead(206, {
          'content-length': rest.length,
          'content-range': `bytes ${start}-${file.length - 1}/${file.length}`,
        })
        .end(rest);
    }
  };

/** The whole file, whatever Range asks for. */
export const withoutRange =
  (file: Uint8Array): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-length': file.length }).end(file);
  };

/** The first `bytes` bytes, then a broken connection. */
export const breakingAfter =
  (file: Uint8Array, bytes: number): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };

/** The first `bytes` bytes, then silence. */
export const stallingAfter =
  (file: Uint8Array, bytes: number): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, bytes));
  };

/** A piece every few milliseconds, from where Range asks, as a slow line sends it. */
export const slowly =
  (file: Uint8Array, pieceLength: number, pause: number): Handler =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` };
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': file.length - from, ...(from > 0 && range) });
    let at = from;
    const step = (): void => {
      if (at >= file.length || response.destroyed) return void response.end();
      response.write(file.subarray(at, (at += pieceLength)));
      setTimeout(step, pause);
    };
    step();
  };

/** Each handler once, the last one from then on. */
export function inTurn(...handlers: Handler[]): Handler {
  let turn = 0;
  return (request, response) => handlers[Math.min(turn++, handlers.length - 1)]?.(request, response);
}
