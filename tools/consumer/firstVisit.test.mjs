// docs/first-visit.md, command by command, in a clone of this checkout with an empty home: what is committed, installed
// and built as a newcomer's first command does it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from '../run/setup.mjs';
import { runIn } from './consumer.mjs';

const place = mkdtempSync(join(tmpdir(), 'ct-first-visit-'));
const [clone, home] = [join(place, 'clone'), join(place, 'home')];
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The commands and what they print, one a block. */
const visits = [
  ...readFileSync(join(root, 'docs/first-visit.md'), 'utf8').matchAll(/```console\n\$ (.*)\n([^]*?)\n```/g),
];

it(`docs/first-visit.md: ${visits.length} commands print what it says`, { timeout: 600_000 }, async (context) => {
  expect(visits.length).toBeGreaterThan(1);
  const { status, output } = await runIn(place, 'git', ['clone', '--quiet', root, clone]);
  expect(status, output).toBe(0);
  for (const [, command = '', shown = ''] of visits) {
    const said = await say(command);
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(said)) context.skip("needs npm's registry");
    const lines = shown.split('\n');
    const missing = lines.findIndex((_, i) => !pattern(lines.slice(0, i + 1)).test(said));
    expect(lines[missing], `${command} does not print this line in its place, but ${said}`).toBeUndefined();
  }
});

it('npm run new-package: a package that builds and whose test passes', async (context) => {
  if (!existsSync(join(clone, 'node_modules'))) context.skip("needs npm's registry");
  const made = await say('npm run --silent new-package -- ct-example "Doubles numbers"');
  expect(made).toContain('packages/ct-example is there, with a function and its test.');
  expect(await say('npm run --silent build')).not.toContain('✗');
  expect(await say('cd packages/ct-example && npx vitest run')).toMatch(/Tests\s+1 passed/);
  expect(await say('npx prettier --check packages/ct-example')).toContain('All matched files use Prettier');
});

/**
 * What a command in the clone writes, both streams, as a terminal shows it.
 *
 * @param {string} command
 * @returns {Promise<string>}
 */
function say(command) {
  // But for what npm and vitest say to the programs that they run, and what points at what this machine has.
  const own = /^(CI$|NO_COLOR|CT_|XDG_|npm_|INIT_CWD|NODE_ENV|NODE_OPTIONS|VITEST|FORCE_COLOR)/;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(command, { cwd: clone, shell: true, env: { ...inherited, HOME: home, NO_COLOR: '1' } });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => void (said += text));
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}

/**
 * Lines as they are shown; `…` stands for part of a line, and where it is alone for any number of lines.
 *
 * @param {string[]} shown
 */
function pattern(shown) {
  const lines = shown.map((line) => {
    if (line === '…') return '(?:.*\\n)*?';
    return `${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')}\\n`;
  });
  return new RegExp(`^${lines.join('')}`, 'm');
}
