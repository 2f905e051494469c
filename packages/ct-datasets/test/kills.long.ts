/**
 * A set that is fetched and unpacked by processes that are killed at random moments: what is there counts only when it
 * is whole, and the next run completes it to the same bytes.
 */
import { randomNumbers } from '@curvature-tuning/checks/testing';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ARCHIVE_CATALOG } from '../src/index.js';
import { openDataset } from '../src/node.js';
import { serve, tinySet } from '@curvature-tuning/tiny-sets';

const KILLS = 200;

/** Of all files but the hidden ones, of which a killed process may leave some that nobody reads. */
async function bytesIn(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/.'));
  for (const file of files.sort()) hash.update(file.slice(folder.length)).update(await readFile(file));
  return hash.digest('hex');
}

it(`after each of ${KILLS} kills at random moments the cache is completed to the same bytes`, async () => {
  const root = await mkdtemp(join(tmpdir(), 'ct-kills-'));
  const { contents, files } = await tinySet(ARCHIVE_CATALOG.dtd);
  const server = await serve(contents);
  try {
    const mirrors = [server.url];
    const whole = join(root, 'whole');
    await openDataset('dtd', { root: whole, files, mirrors });
    const expected = await bytesIn(join(whole, 'dtd'));
    const options = { root: join(root, 'killed'), files, mirrors };
    const program = join(root, 'open.mjs');
    // What openDataset does with a disk, and nothing that takes long to load.
    const entry = fileURLToPath(new URL('../dist/node/archive/obtainSet.js', import.meta.url));
    await writeFile(
      program,
      `import { obtainSet } from ${JSON.stringify(entry)};
       process.send('begun');
       await obtainSet(${JSON.stringify(ARCHIVE_CATALOG.dtd)}, ${JSON.stringify(options)});
       process.disconnect();`,
    );
    const random = randomNumbers(7);
    // A moment is drawn up to twice what the last run took that ended; a run that ends before it is no kill.
    let took = 1000;
    for (let kills = 0; kills < KILLS;) {
      const child = fork(program, { execArgv: [] });
      const ended = once(child, 'exit');
      await once(child, 'message');
      const begun = performance.now();
      await Promise.race([ended, delay(random() * 2 * took)]);
      if (child.exitCode !== null || child.signalCode !== null) {
        expect(child.exitCode).toBe(0);
        took = performance.now() - begun;
      } else {
        child.kill('SIGKILL');
        await ended;
        took = Math.max(took, performance.now() - begun);
        kills++;
        // Every fourth time the next run is let through; else the next one finds what several left.
        if (kills % 4 !== 0) continue;
      }
      await openDataset('dtd', options);
      expect(await bytesIn(join(root, 'killed', 'dtd'))).toBe(expected);
      await rm(join(root, 'killed'), { recursive: true });
    }
  } finally {
    await server.close();
    await rm(root, { recursive: true });
  }
});
