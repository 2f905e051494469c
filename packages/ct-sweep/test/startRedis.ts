// Debian's redis-server on loopback, a port of its own, a password in a file that only its owner reads.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export interface TestRedis {
  url: string;
  client: Redis;
  /** Ends it as a failing machine does, and starts it again on the same port. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

const PASSWORD = 'pass word';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startRedis(folder: string): Promise<TestRedis> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass "${PASSWORD}"`,
    `dir ${folder}`,
    'maxmemory 512mb',
    'maxmemory-policy noeviction',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'daemonize no',
    `logfile ${join(folder, 'redis.log')}`,
  ];
  writeFileSync(join(folder, 'redis.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn('redis-server', [join(folder, 'redis.conf')], { stdio: 'ignore' });
    await client.ping();
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const gone = once(server, 'exit');
    server.kill(signal);
    await gone;
  };
  await start();
  return {
    url,
    client,
    restart: async () => {
      await end('SIGKILL');
      await start();
    },
    stop: async () => {
      client.disconnect();
      await end('SIGTERM');
    },
  };
}
