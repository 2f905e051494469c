// `npm run new-package -- ct-x "What it does"`: a package to begin from, with one function and its test, set up as
// ct-safetensors is, the one that depends on least: files, references, rows of the pages, lock file. Node's own modules
// only. CONTRIBUTING.md says when something is a package.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run, runTool } from './setup.mjs';

const MODEL = 'ct-safetensors';

const [name = '', description = '', ...more] = process.argv.slice(2);
if (!/^ct-[a-z][a-z\d-]*$/.test(name) || description === '' || more.length > 0)
  fail(
    `expected a name and what the package does: npm run new-package -- ct-x "Reads x", got ${process.argv.slice(2)}`,
  );
const folder = join(root, 'packages', name);
if (existsSync(folder)) fail(`packages/${name} is there already: choose another name`);

const short = name.slice(3);
const published = `@curvature-tuning/${short}`;
const main = short.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** @param {string} file Of the model. */
const modelText = (file) => readFileSync(join(root, 'packages', MODEL, file), 'utf8');

/** @param {Record<string, any>} value */
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

const manifest = JSON.parse(modelText('package.json'));
Object.assign(manifest, { name: published, version: '0.0.0', description });
manifest.keywords = ['tensorflow.js', 'tfjs', 'curvature-tuning'];
manifest.repository.directory = `packages/${name}`;
delete manifest.devDependencies;
manifest.nx = { name, tags: [`layer:${short}`] };

/** @type {Record<string, string>} */
const files = {
  'package.json': json(manifest),
  'README.md': `# ${published}

${description}.

\`\`\`sh
npm install ${published}
\`\`\`

\`\`\`js
import { ${main} } from '${published}';

console.log(${main}(1)); // → 2
\`\`\`
`,
  'src/index.ts': `export { ${main} } from './${main}.js';\n`,
  [`src/${main}.ts`]: `/**
 * ${description}.
 */

/** The double of a number: the place where the package begins. */
export function ${main}(x: number): number {
  return 2 * x;
}
`,
  [`src/${main}.test.ts`]: `import { expect, it } from 'vitest';
import { ${main} } from './${main}.js';

it('doubles, exactly', () => {
  expect(${main}(21)).toBe(42);
});
`,
};
for (const file of ['tsconfig.json', 'eslint.config.js', 'vitest.config.ts']) files[file] = modelText(file);
// It depends on no other package yet: `npx nx sync` adds references to those that it will import.
const [lib, spec] = ['lib', 'spec'].map((kind) => JSON.parse(modelText(`tsconfig.${kind}.json`)));
delete lib.nx;
files['tsconfig.lib.json'] = json({ ...lib, references: [] });
files['tsconfig.spec.json'] = json({ ...spec, references: [{ path: './tsconfig.lib.json' }] });
for (const [file, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

addBehind('tsconfig.json', `    { "path": "./packages/${MODEL}" },`, `    { "path": "./packages/${name}" },`);
addBehind('docs/architecture.md', `| \`${MODEL}\``, `| \`${name}\` | ${description} | nothing |`);
addBehind(
  'README.md',
  `| [\`@curvature-tuning/${MODEL.slice(3)}\`]`,
  `| [\`${published}\`](packages/${name}) | ${description} | nothing |`,
);
addBehind('tools/consumer/everything.mjs', `  '${MODEL}',`, `  '${name}',`);
runTool('prettier/bin/prettier.cjs', ['--log-level', 'warn', '--write', folder]);
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (run('npx', ['--yes', packageManager, 'install', '--no-frozen-lockfile', '--loglevel=warn']) !== 0)
  fail(`the lock file could not be brought up to date; run npx ${packageManager} install when there is a network`);
console.log(`
packages/${name} is there, with a function and its test. What comes next:

  npm run build
  cd packages/${name} && npx vitest
  node tools/check/pictures.mjs --write && node tools/check/apiReport.mjs --write
  npx changeset`);

/**
 * Adds a line to a file behind the one that begins so.
 *
 * @param {string} file
 * @param {string} start
 * @param {string} line
 */
function addBehind(file, start, line) {
  const path = join(root, file);
  const lines = readFileSync(path, 'utf8').split('\n');
  const at = lines.findIndex((one) => one.startsWith(start));
  if (at === -1) fail(`${file} has no line that begins with ${start}; add this one by hand: ${line}`);
  lines.splice(at + 1, 0, line);
  writeFileSync(path, lines.join('\n'));
}

/**
 * @param {string} what
 * @returns {never}
 */
function fail(what) {
  console.error(`new-package: ${what}`);
  process.exit(2);
}
