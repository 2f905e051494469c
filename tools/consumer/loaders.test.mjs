// Every entry of every package, imported and required by Node, required by Jest, and read by TypeScript.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runIn } from './consumer.mjs';
import { everything } from './everything.mjs';

const { folder = '', reason } = await everything();
const entries = reason === undefined ? entriesOf(join(folder, 'node_modules', '@curvature-tuning')) : [];

/** @param {string} scope */
function entriesOf(scope) {
  return readdirSync(scope).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(scope, name, 'package.json'), 'utf8'));
    return Object.keys(manifest.exports)
      .filter((path) => path !== './package.json')
      .map((path) => `${manifest.name}${path.slice(1)}`);
  });
}

/**
 * README's first program, with fewer betas and examples, as the body of an async function that has `tf` and the
 * packages' exports.
 */
const program = `
  await tf.setBackend('cpu');
  const model = await loadPretrained('resnet14.mnist');
  const digits = await loadDataset('digits');
  const first = Array.from({ length: 40 }, (_, i) => i);
  const [train, validation] = [digits.train, digits.validation].map((set) => toBatch(subset(set, first), digits));
  const { beta } = await steer(model, train, validation, { betas: [0.9], protocol: 'paper' });
  return beta;
`;
const names = {
  tf: '* as tf',
  datasets: '{ loadDataset, subset, toBatch }',
  layers: '{ steer }',
  models: '{ loadPretrained }',
};

if (reason !== undefined) it.skip(`loaders (${reason})`);
else
  describe('loaders', () => {
    it.each(['import', 'require'])('Node: %s of every entry, one copy for both', async (kind) => {
      const load = kind === 'import' ? '(entry) => import(entry)' : '(entry) => require(entry)';
      const other = kind === 'import' ? '(entry) => require(entry)' : '(entry) => import(entry)';
      writeFileSync(
        join(folder, 'all.cjs'),
        `
      require('@tensorflow/tfjs');
      (async () => {
        for (const entry of ${JSON.stringify(entries)}) {
          const [one, other] = [await (${load})(entry), await (${other})(entry)];
          for (const name of Object.keys(one).filter((name) => name !== 'default' && name !== 'module.exports'))
            if (one[name] !== other[name]) throw new Error(entry + ': two copies of ' + name);
          if (!entry.includes('/activation/') && Object.keys(one).length === 0)
            throw new Error(entry + ' exports nothing');
        }
        console.log('loaded', ${entries.length});
      })();`,
      );
      const { status, output } = await runIn(folder, process.execPath, ['all.cjs']);
      expect(status, output).toBe(0);
      expect(output).toContain(`loaded ${entries.length}`);
    });

    it('Node: the program runs as an ES module', async () => {
      const imports = Object.entries(names).map(
        ([from, what]) => `import ${what} from '${from === 'tf' ? '@tensorflow/tfjs' : `@curvature-tuning/${from}`}';`,
      );
      writeFileSync(
        join(folder, 'program.mjs'),
        `${imports.join('\n')}\nasync function main() {${program}}\nconsole.log('beta', await main());\n`,
      );
      const { status, output } = await runIn(folder, process.execPath, ['program.mjs']);
      expect(status, output).toBe(0);
      expect(output).toContain('beta 0.9');
    });

    it.each(['node', 'jsdom'])('Jest with its defaults, in %s: every entry, and the program', async (environment) => {
      const requires = Object.entries(names).map(
        ([from, what]) =>
          `const ${what.replace('* as ', '')} = ` +
          `require('${from === 'tf' ? '@tensorflow/tfjs' : `@curvature-tuning/${from}`}');`,
      );
      writeFileSync(
        join(folder, 'consumer.test.js'),
        `
      ${requires.join('\n')}
      test.each(${JSON.stringify(entries)})('%s', (entry) => expect(typeof require(entry)).toBe('object'));
      test('the program', async () => {
        const main = async () => {${program}};
        expect(await main()).toBe(0.9);
      }, 60_000);`,
      );
      const { status, output } = await runIn(folder, process.execPath, [
        'node_modules/jest/bin/jest.js',
        '--no-color',
        `--env=${environment}`,
      ]);
      rmSync(join(folder, 'consumer.test.js'));
      expect(status, output).toBe(0);
      expect(output).toMatch(new RegExp(`Tests: +${entries.length + 1} passed, ${entries.length + 1} total`));
    });

    describe.each(['5.4', '5.6', '6.0'])('TypeScript %s', (version) => {
      const tsc = `node_modules/typescript-${version}/bin/tsc`;
      // From 6.0 on the resolution of Node 10 is said to be deprecated.
      const settings = [
        ['nodenext', 'nodenext'],
        ['esnext', 'bundler'],
        ...(version === '6.0' ? [] : [['commonjs', 'node10']]),
      ];
      const check = async (
        /** @type {string} */ file,
        /** @type {string | undefined} */ module,
        /** @type {string | undefined} */ moduleResolution,
        more = {},
      ) => {
        const compilerOptions = {
          noEmit: true,
          strict: true,
          target: 'es2022',
          lib: ['es2022', 'dom'],
          types: [],
          module,
          moduleResolution,
          ...more,
        };
        writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
        const { status, output } = await runIn(folder, process.execPath, [tsc, '--project', 'tsconfig.json']);
        expect(output).toBe('');
        expect(status).toBe(0);
      };

      it.each(settings)(
        'checks the reader of safetensors without skipLibCheck: module %s, resolution %s',
        async (module, resolution) => {
          const file = module === 'commonjs' ? 'reader.ts' : 'reader.mts';
          writeFileSync(
            join(folder, file),
            `
        import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
        export const names = (bytes: Uint8Array): string[] => [...parseSafetensors(bytes).tensors.keys()];
        export const blob = new Blob([serializeSafetensors([])]);\n`,
          );
          await check(file, module, resolution);
        },
      );

      it.each(settings)('checks every entry: module %s, resolution %s', async (module, resolution) => {
        const file = module === 'commonjs' ? 'entries.ts' : 'entries.mts';
        writeFileSync(
          join(folder, file),
          entries.map((entry, i) => `import * as e${i} from '${entry}';\nexport type E${i} = typeof e${i};\n`).join(''),
        );
        await check(file, module, resolution, { skipLibCheck: true });
      });
    });
  });
