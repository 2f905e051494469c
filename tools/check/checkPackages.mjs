// Checks every package as npm would publish it: publint, are-the-types-wrong, and that its
// declarations compile on every TypeScript that is supported.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { typeErrors } from './checkTypes.mjs';
import { root, run, runTool } from '../run/setup.mjs';

/** For Node's own loader. */
const ESM_ONLY = ['ct-cli', 'ct-sweep'];

let failed = false;
for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  const { private: isPrivate, scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (isPrivate) continue;
  console.log(`\n${name}`);
  /** @type {[tool: string, args: string[]][]} */
  const checks = [
    ['publint/src/cli.js', ['--strict', '--pack=npm', folder]],
    // Resolution without "exports" (node10) finds the CommonJS build.
    [
      '@arethetypeswrong/cli/dist/index.js',
      ['--pack', folder, '--profile', ESM_ONLY.includes(name) ? 'esm-only' : 'strict', '--quiet'],
    ],
  ];
  // As `pnpm pack` does first; the tools look at what is there.
  if (scripts?.prepack !== undefined)
    failed = run(process.execPath, [join(root, 'tools/build/bundleForPages.mjs'), folder]) !== 0 || failed;
  for (const [tool, args] of checks) failed = runTool(tool, args) !== 0 || failed;
}
console.log('\ndeclarations');
const errors = typeErrors();
for (const error of errors) console.error(error);
failed ||= errors.length > 0;
console.log(failed ? '\n✗ a package would be published wrong, see above' : '\nall packages are fit to be published');
process.exitCode = failed ? 1 : 0;
