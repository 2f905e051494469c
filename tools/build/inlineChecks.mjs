// Puts ct-checks, which is not published, into the packages that use it: dist/checks/, imported by relative paths. Its
// dependencies are theirs. Whoever installs one package gets no other one for its checks.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run/root.mjs';

const source = join(root, 'packages', 'ct-checks');
/** For tests alone. */
const left = /^(testing|mutations|fuzz)\./;

/** Brings the copies in some packages, or in all, up to date. */
export function inlineChecks(names = readdirSync(join(root, 'packages'))) {
  const { exports } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  for (const name of names) {
    const folder = join(root, 'packages', name);
    const config = join(folder, 'tsconfig.lib.json');
    // Not those whose tests alone use it.
    if (existsSync(config) && readFileSync(config, 'utf8').includes('../ct-checks/'))
      inlineInto(join(folder, 'dist'), exports);
  }
}

/**
 * @param {string} dist
 * @param {Record<string, { default: string }>} exports Of ct-checks.
 */
function inlineInto(dist, exports) {
  const copy = join(dist, 'checks');
  const files = modulesOf(join(source, 'dist')).filter((file) => !left.test(file));
  if (existsSync(copy)) for (const file of modulesOf(copy)) if (!files.includes(file)) rmSync(join(copy, file));
  for (const file of files) {
    const [from, to] = [join(source, 'dist', file), join(copy, file)];
    if ((statSync(to, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= statSync(from).mtimeMs) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  }
  for (const file of modulesOf(dist).filter(
    (name) => !name.startsWith(`checks`) || !files.includes(relative('checks', name)),
  )) {
    const path = join(dist, file);
    const text = readFileSync(path, 'utf8');
    const inlined = text.replace(
      /(?<=(?:from|import\() ?['"])@curvature-tuning\/checks(\/\w+)?(?=['"])/g,
      (_, entry = '') => {
        const target = join(copy, relative('dist', exports[`.${entry}`].default));
        return `./${relative(dirname(path), target).replaceAll('\\', '/')}`.replace('./../', '../');
      },
    );
    if (inlined !== text) writeFileSync(path, inlined);
  }
}

/** @param {string} folder */
function modulesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(js|d\.ts)$/.test(file));
}

// In a package's folder, as nx runs it.
if (process.argv[1] === fileURLToPath(import.meta.url)) inlineChecks([basename(process.cwd())]);
