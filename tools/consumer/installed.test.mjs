// What npm installs of the packages: the files that they are meant to have, one tfjs-core, and for a page nothing that
// is native or runs a script when it is installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { consumerOrReason, published } from './consumer.mjs';
import { command, everything } from './everything.mjs';

/** Of a package: what npm always packs, and what `files` names. */
const PACKED = /^(package\.json|README\.md|LICENSE|(dist|cjs|esm|src|native|assets|bin|data)\/.+)$/;
const NEVER = /\.test\.|\.fuzz\.|\.tsbuildinfo$|(^|\/)(node_modules|test-results|coverage)\//;

function page() {
  const others = ['core', 'layers', 'backend-wasm', 'backend-webgl'].map((name) => `@tensorflow/tfjs-${name}@4.22.0`);
  return consumerOrReason('page', { packages: ['ct-activation', 'ct-layers', 'ct-models'], others });
}

/**
 * Paths of all files below a folder.
 *
 * @param {string} folder
 */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

const whole = await everything();
const ofPage = whole.reason === undefined ? await page() : whole;
const ofCommand = whole.reason === undefined ? await command() : whole;

if (whole.reason !== undefined || ofPage.reason !== undefined || ofCommand.reason !== undefined)
  it.skip(`what is installed (${whole.reason ?? ofPage.reason ?? ofCommand.reason})`);
else {
  const places = new Map(
    [whole.folder, ofCommand.folder].flatMap((consumer) => {
      const scope = join(consumer, 'node_modules/@curvature-tuning');
      return readdirSync(scope).map((name) => [name, join(scope, name)]);
    }),
  );
  describe.each([...places])('%s', (_, folder) => {
    const files = filesOf(folder).filter((file) => !file.startsWith('node_modules/'));

    it('has builds, sources, licence and README, and nothing else', () => {
      expect(files.filter((file) => !PACKED.test(file) || NEVER.test(file))).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    });

    it('has the source of every source map', () => {
      const missing = files
        .filter((file) => file.endsWith('.js.map'))
        .flatMap((file) => {
          const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
          if (sourcesContent !== undefined) return [];
          return sources
            .map((/** @type {string} */ source) => join(dirname(join(folder, file)), source))
            .filter((/** @type {string} */ path) => !existsSync(path));
        });
      expect(missing).toEqual([]);
    });

    if (published !== undefined)
      it('has the version that changesets chose, and a changelog that says something of it', () => {
        const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        const release = published?.releases.find((one) => one.name === manifest.name);
        expect(manifest.version).toBe(release?.version);
        expect(release?.changelog).toMatch(/^\d+\.\d+\.\d+\n+### (Major|Minor|Patch) Changes\n+- .{20,}/);
      });
  });

  it.each(Object.entries({ page: ofPage.folder, everything: whole.folder, command: ofCommand.folder }))(
    'there is one tfjs-core, and one tfjs-layers: %s',
    (_, folder) => {
      for (const name of ['tfjs-core', 'tfjs-layers'])
        expect(filesOf(folder).filter((file) => file.endsWith(`@tensorflow/${name}/package.json`))).toHaveLength(1);
    },
  );

  it('a page gets nothing native, and no script that runs when it is installed', () => {
    const files = filesOf(join(ofPage.folder, 'node_modules'));
    expect(files.filter((file) => /\.node$|(^|\/)binding\.gyp$/.test(file))).toEqual([]);
    const scripted = files
      .filter((file) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(`node_modules/${file}`))
      .filter((file) => {
        const { scripts = {} } = JSON.parse(readFileSync(join(ofPage.folder, 'node_modules', file), 'utf8'));
        return ['preinstall', 'install', 'postinstall'].some((script) => script in scripts);
      });
    // core-js, of tfjs-backend-cpu's makers, prints an appeal.
    expect(scripted.filter((file) => file !== 'core-js/package.json')).toEqual([]);
  });
}
