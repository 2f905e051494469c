/**
 * Connections to Redis or Valkey, and the packages that make them, which whoever uses this installs.
 */
import { filledText, options } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type * as BullMq from 'bullmq';
import type { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';

/** Where the queue is. */
export interface RedisPlace {
  /** `redis://:password@host:6379/0`; `rediss://` for TLS. */
  url: string;
  /** A file of certificates, of a server whose own is not signed by a known authority. */
  ca?: string | undefined;
}

const redisPlaceEntries: Entries<RedisPlace> = { url: filledText, ca: filledText };
export const redisPlace: Schema<RedisPlace> = options<RedisPlace>(redisPlaceEntries, ['url']);

/** What ioredis and BullMQ are told of a server. */
export interface Connection {
  host: string;
  port: number;
  username?: string;
  password?: string;
  db?: number;
  tls?: object;
  retryStrategy: (times: number) => number;
  maxRetriesPerRequest: null;
}

/**
 * What ioredis is told. It tries again for ever, at most two seconds apart: a server that restarts is waited for.
 *
 * @throws RangeError where the address is none of Redis'.
 */
export function connectionTo({ url, ca }: RedisPlace): Connection {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !['redis:', 'rediss:'].includes(address.protocol))
    throw new RangeError(`redis: url must be redis://:password@host:port or rediss://…, got ${withoutPassword(url)}`);
  const { username, password, hostname, port, pathname, protocol } = address;
  return {
    host: hostname,
    port: Number(port || 6379),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: ca === undefined ? {} : { ca: readFileSync(ca) } }),
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 5), 2000),
    // As BullMQ wants it: commands wait for the server.
    maxRetriesPerRequest: null,
  };
}

/** The address, for messages. */
export function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^:/@]*):[^@]*@/, '$1:…@');
}

/** BullMQ. @throws Error that says how to install it. */
export async function bullmq(): Promise<typeof BullMq> {
  await installed('ioredis', () => import('ioredis'));
  return installed('bullmq', () => import('bullmq'));
}

/** A connection of its own, for what is no queue. */
export async function openClient(place: RedisPlace): Promise<Redis> {
  const { Redis } = await installed('ioredis', () => import('ioredis'));
  const client = new Redis(connectionTo(place));
  client.on('error', () => undefined);
  return client;
}

/** Loads an optional package. @throws Error that says how to install it. */
export async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(`the engine redis needs the package ${name}; npm install bullmq ioredis`, { cause });
  }
}

/** A promise that is not waited for longer: what asks a server that is away would wait until it is back. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Nobody may be left to hear of it.
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('redis does not answer')), milliseconds);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
