/**
 * A dashboard of sweeps' queues: bull-board, behind a password.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, flag, listOf, options, whole } from '@curvature-tuning/checks';
import type { RequestHandler } from 'express';
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sweepName } from '../cell/sweep.js';
import type { RedisPlace } from './connection.js';
import { installed, redisPlace } from './connection.js';
import { openQueue } from './queue.js';

/** What is shown, and to whom. */
export interface BoardOptions {
  redis: RedisPlace;
  /** Of the sweeps. */
  names: readonly string[];
  /** Of the user `ct`. */
  password: string;
  /** Default: any that is free. */
  port?: number | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Lets jobs be retried and removed. Default false. */
  write?: boolean | undefined;
}

/** A dashboard that is open. */
export interface Board {
  url: string;
  /** Ends the board, and its connections. */
  close: () => Promise<void>;
}

export const openBoardArguments: Entries<{ options: BoardOptions }> = {
  options: options<BoardOptions>(
    {
      redis: redisPlace,
      names: listOf(sweepName, { min: 1 }),
      password: filledText,
      port: whole({ min: 0, max: 65_535 }),
      host: filledText,
      write: flag,
    },
    ['redis', 'names', 'password'],
  ),
};

/** The page is its own: it links a font elsewhere. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'";

/** Opens the dashboard. @throws Error that names the packages it needs. */
export async function openBoard(options: BoardOptions): Promise<Board> {
  check('openBoard', openBoardArguments, { options });
  const { redis, names, password, port = 0, host = '127.0.0.1', write = false } = options;
  const load = <T>(name: string, from: () => Promise<T>): Promise<T> => installed(name, from);
  const { default: express } = await load('express', () => import('express'));
  const { createBullBoard } = await load('@bull-board/api', () => import('@bull-board/api'));
  const { BullMQAdapter } = await load('@bull-board/api', () => import('@bull-board/api/bullMQAdapter'));
  const { ExpressAdapter } = await load('@bull-board/express', () => import('@bull-board/express'));
  const queues = await Promise.all(names.map((name) => openQueue(name, redis)));
  const adapter = new ExpressAdapter();
  adapter.setBasePath('/board');
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: !write })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'ct sweep' } },
  });
  const expected = Buffer.from(`Basic ${Buffer.from(`ct:${password}`).toString('base64')}`);
  const app = express();
  app.use((request, response, next) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    response.set('Content-Security-Policy', POLICY);
    if (given.length === expected.length && timingSafeEqual(given, expected)) next();
    else response.set('WWW-Authenticate', 'Basic realm="ct sweep"').sendStatus(401);
  });
  app.use('/board', adapter.getRouter() as RequestHandler);
  const server = app.listen(port, host);
  await once(server, 'listening');
  const { port: opened } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${opened}/board`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}
