// With a server: test/redis.long.ts.
import { expect, it } from 'vitest';
import { openBoard } from './board.js';

it('refuses before it asks a server', async () => {
  await expect(openBoard({ redis: { url: 'http://x' }, names: ['a'], password: 'b' })).rejects.toThrow(
    'redis: url must be redis://',
  );
});
