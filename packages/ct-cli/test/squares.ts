// A sweep of squares to try `ct sweep` on.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Options of every command that is to find it. */
export const named = ['sweep.json', '--cells', 'cells.mjs'];

/** Writes a module and a sweep of squares; of negative numbers they fail until the file `mended` is there. */
export function writeSquares(folder: string, values: readonly number[]): void {
  writeFileSync(
    join(folder, 'cells.mjs'),
    `import { existsSync } from 'node:fs';
    export const cells = {
      square: {
        version: 1,
        run: ({ x }, { onProgress }) => {
          if (x < 0 && !existsSync('mended')) throw new Error('x is negative');
          onProgress(0.5);
          return { y: x * x, of: { x } };
        },
      },
    };`,
  );
  const sweep = { name: 'squares', cells: [{ kind: 'square', over: { x: values } }], limits: { attempts: 1 } };
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(sweep));
}
