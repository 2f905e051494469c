// `ct sweep --engine redis`, `ct worker` and `ct sweep board` as a user runs them, each a process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { hasService } from '../../../tools/vitest/services.mjs';
import { inFolders } from './ct.js';
import { named, writeSquares } from './squares.js';

const { ct, folder } = inFolders();
/** Of the queue, and of the dashboard. */
const PASSWORD = 'pass-word';

/** A server on loopback that keeps nothing. */
async function startRedis(): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const server = spawn('redis-server', [
    ...['--bind', '127.0.0.1', '--port', `${port}`, '--requirepass', PASSWORD],
    ...['--maxmemory-policy', 'noeviction', '--save', '', '--dir', folder()],
  ]);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/ready to accept/i.test(said)) resolve();
    });
    server.once('exit', () => reject(new Error(`redis-server ended: ${said}`)));
  });
  const gone = once(server, 'exit');
  return { url: `redis://:${PASSWORD}@127.0.0.1:${port}`, stop: () => (server.kill(), gone) };
}

if (!hasService('redis')) it.skip('ct sweep on Redis (needs redis-server)');
else
  it('ct sweep hands cells to two workers, one of them without the folder, and ct sweep board shows them', async () => {
    writeSquares(folder(), [0, 1, 2, 3, 4, 5, 6, 7, -8]);
    const { url, stop } = await startRedis();
    try {
      const env = { CT_REDIS: url, CT_BOARD_PASSWORD: PASSWORD };
      const workers: Promise<{ code: number | null; stderr: string }>[] = [];
      const run = await ct(
        ['sweep', ...named, '--engine', 'redis'],
        (text) => {
          if (workers.length > 0 || !text.includes('ct worker --name squares --cells cells.mjs')) return;
          const call = ['worker', '--name', 'squares', '--cells', 'cells.mjs', '--idle', '2'];
          workers.push(ct([...call, '--folder', 'ct-sweep-squares'], undefined, env), ct(call, undefined, env));
        },
        env,
      );
      expect(run).toMatchObject({ code: 1, stdout: expect.stringContaining('8 of 9 cells are done') as string });
      expect(run.stderr).toContain('square {"x":-8}: threw: Error: x is negative');
      expect(workers).toHaveLength(2);
      const ended = await Promise.all(workers);
      expect(ended.map(({ code }) => code)).toEqual([0, 0]);
      expect(ended.flatMap(({ stderr }) => stderr.match(/ written$/gm) ?? [])).toHaveLength(8);
      const table = await ct(['sweep', 'table', ...named]);
      expect(table.stdout.trim().split('\n').slice(1)).toHaveLength(8);

      const answers: Promise<number[]>[] = [];
      const board = await ct(
        ['sweep', 'board', 'squares'],
        (text, interrupt) => {
          const [, address] = /(http:\S+) \(user ct\)/.exec(text) ?? [];
          if (address === undefined || answers.length > 0) return;
          const user = `Basic ${btoa(`ct:${PASSWORD}`)}`;
          const asked = [{}, { headers: { authorization: user } }].map(
            async (init) => (await fetch(address, init)).status,
          );
          answers.push(Promise.all(asked).finally(interrupt));
        },
        env,
      );
      expect(await Promise.all(answers)).toEqual([[401, 200]]);
      expect([0, 130]).toContain(board.code);
    } finally {
      await stop();
    }
  });
