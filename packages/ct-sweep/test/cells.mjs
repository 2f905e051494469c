// Cells for the tests: what can be, and what can go wrong.
import { Buffer } from 'node:buffer';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A number that depends on the seed alone.
 *
 * @param {number} seed
 */
function noise(seed) {
  let x = seed >>> 0;
  for (let i = 0; i < 1000; i++) x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
  return x;
}

/**
 * Blocks the event loop, as a training step does.
 *
 * @param {number} ms
 */
function block(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** @typedef {(spec: any, context: import('../src/index.js').CellContext) => unknown} Run */

/** @type {Record<string, { version: number, cost?: (spec: any) => number, run: Run }>} */
export const cells = {
  noise: {
    version: 1,
    cost: ({ ms = 1 }) => ms,
    run: ({ seed, ms = 0, log }, { onProgress }) => {
      // Whoever tests says where the starts are counted.
      if (log) appendFileSync(log, `${seed}\n`);
      for (let quarter = 1; quarter <= 4; quarter++) {
        block(ms / 4);
        onProgress(quarter / 4);
      }
      return { value: noise(seed) };
    },
  },
  throws: {
    version: 1,
    run: ({ message }) => {
      throw new Error(message);
    },
  },
  hangs: { version: 1, run: () => block(1e9) },
  eats: {
    version: 1,
    run: ({ blockMB = 20 }) => {
      const held = [];
      for (;;) {
        held.push(Buffer.alloc(blockMB * 2 ** 20, 1));
        block(20);
      }
    },
  },
  exits: { version: 1, run: ({ code }) => process.exit(code) },
  noJson: { version: 1, run: () => NaN },
  /** Fails until its file is there, which it makes. */
  second: {
    version: 1,
    run: ({ file }) => {
      if (existsSync(file)) return 'done';
      writeFileSync(file, '');
      throw new Error('the first time');
    },
  },
  /** Goes on where it was ended. */
  resumes: {
    version: 1,
    run: async ({ steps }, { scratch }) => {
      const folder = await scratch();
      let ran = 0;
      for (let step = 0; step < steps; step++) {
        const file = join(folder, String(step));
        if (existsSync(file)) continue;
        writeFileSync(file, '');
        if (++ran === 2) process.kill(process.ppid, 'SIGKILL');
        block(500);
      }
      return steps;
    },
  },
  random: { version: 1, run: () => Math.random() },
};
