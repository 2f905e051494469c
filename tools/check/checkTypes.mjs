// Checks that what users import compiles, with the oldest TypeScript that is supported and with later ones. Our own
// declarations must be free of errors; those of tfjs are not, and users of tfjs set skipLibCheck for them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../run/setup.mjs';

/** Names in node_modules: TypeScript 5.4, 5.6 (arrays are generic from 5.7 on) and the one that builds the packages. */
const compilers = ['typescript-5.4', 'typescript-5.6', 'typescript'];

/**
 * Compiles modules that import and require every entry of every package. Returns the errors in our declarations, as
 * text.
 */
export function typeErrors() {
  const folder = mkdtempSync(join(tmpdir(), 'ct-types-'));
  try {
    const files = writeConsumer(folder);
    return compilers.flatMap((compiler) => errorsOf(compiler, folder, files));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} folder */
function writeConsumer(folder) {
  const scope = join(folder, 'node_modules', '@curvature-tuning');
  mkdirSync(scope, { recursive: true });
  const entries = readdirSync(join(root, 'packages')).flatMap((name) => {
    const source = join(root, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    if (manifest.private) return [];
    symlinkSync(source, join(folder, 'node_modules', manifest.name), 'junction');
    return Object.keys(manifest.exports)
      .filter((path) => path !== './package.json')
      .map((path) => ({ entry: `${manifest.name}${path.slice(1)}`, isCommonJs: manifest.main !== undefined }));
  });
  const write = (/** @type {string} */ file, /** @type {typeof entries} */ some) => {
    writeFileSync(
      join(folder, file),
      some
        .map(({ entry }, i) => `import * as entry${i} from '${entry}';\nexport type Entry${i} = typeof entry${i};\n`)
        .join(''),
    );
    return join(folder, file);
  };
  return [
    write('import.mts', entries),
    write(
      'require.cts',
      entries.filter(({ isCommonJs }) => isCommonJs),
    ),
  ];
}

/**
 * @param {string} compiler
 * @param {string} cwd
 * @param {string[]} files
 */
function errorsOf(compiler, cwd, files) {
  const tsc = join(root, 'node_modules', compiler, 'bin', 'tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--module',
    'nodenext',
    '--pretty',
    'false',
  ];
  const { stdout, status, error } = spawnSync(process.execPath, [tsc, ...options, ...files], { cwd, encoding: 'utf8' });
  if (error) throw error;
  const lines = stdout.split('\n').filter((line) => /error TS\d+/.test(line));
  if (status !== 0 && lines.length === 0)
    throw new Error(`checkTypes: ${compiler} ended with ${status} and no error:\n${stdout}`);
  // Everything that is not inside the declarations of a dependency, such as what the file itself cannot resolve.
  const isTheirs = (/** @type {string} */ line) => /^[^(]*node_modules[\\/]/.test(line);
  return lines.filter((line) => !isTheirs(line)).map((line) => `${compiler}: ${line}`);
}
