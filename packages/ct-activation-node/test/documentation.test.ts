// The op of docs/custom-tensorflow-op.md, compiled and run as the page says.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { needsSetUp, setUpState } from './setUpState.js';

const packageFolder = join(import.meta.dirname, '..');

it.skipIf(setUpState === undefined)(
  `the op of docs/custom-tensorflow-op.md compiles, runs and fails as the page says (${needsSetUp})`,
  () => {
    const page = readFileSync(join(packageFolder, '../../docs/custom-tensorflow-op.md'), 'utf8');
    const block = (language: string, nth = 0): string =>
      [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))][nth]![1]!;
    // Inside the package, where tfjs-node resolves.
    mkdirSync(join(packageFolder, 'out-tsc'), { recursive: true });
    const folder = mkdtempSync(join(packageFolder, 'out-tsc', 'documentation-'));
    try {
      symlinkSync(join(packageFolder, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'cube.cc'), block('cpp'));
      writeFileSync(join(folder, 'cube.mjs'), block('js'));
      const command = block('sh', 1).replace(
        'npm install node-api-headers',
        'DEPS=node_modules/@tensorflow/tfjs-node/deps',
      );
      execFileSync('sh', ['-ec', command], { cwd: folder, stdio: 'pipe' });
      const output = execFileSync(process.execPath, ['cube.mjs'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      for (const line of ['[1, 8, 27]', '[3, 12, 27]', 'Cube: x must have a rank from 1, got []'])
        expect(output).toContain(line);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
