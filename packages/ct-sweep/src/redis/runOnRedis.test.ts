// With a server: test/redis.long.ts.
import { expect, it } from 'vitest';
import { runOnRedis } from './runOnRedis.js';

it('refuses before it asks a server', async () => {
  await expect(
    runOnRedis(
      { name: 'a', cells: [{ kind: 'none' }] },
      {
        redis: { url: 'redis://127.0.0.1:1' },
        module: new URL('../../test/cells.mjs', import.meta.url).href,
        folder: 'x',
      },
    ),
  ).rejects.toThrow('the kind of a cell must be one of');
});
