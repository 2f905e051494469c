// With a server: test/redis.long.ts.
import { expect, it } from 'vitest';
import { workOnRedis } from './workOnRedis.js';

it('refuses before it asks a server', async () => {
  await expect(
    workOnRedis({
      redis: { url: 'http://x' },
      name: 'a',
      module: new URL('../../test/cells.mjs', import.meta.url).href,
    }),
  ).rejects.toThrow('redis: url must be redis://');
});
