// The blocks of a README that can be run, as programs; tools/consumer/readmes.test.mjs runs them.
//
// A block in js or ts is a program of its own, unless `<!-- goes on -->` stands before it: then it is the end of the
// program before. `<!-- not run: reason -->` takes a block out. In sh, lines that install are read, all others are run.
// A comment `// → text` says what its program prints, in order; `…` stands for anything.

/** @typedef {{ line: number, language: string, code: string, reason?: string, goesOn: boolean }} Block */

const LANGUAGES = ['js', 'ts', 'sh'];

/**
 * All blocks in js, ts and sh.
 *
 * @param {string} markdown
 * @returns {Block[]}
 */
export function blocksOf(markdown) {
  /** @type {Block[]} */
  const blocks = [];
  let before = '';
  /** @type {(Omit<Block, 'code'> & { lines: string[] }) | undefined} */
  let open;
  for (const [i, text] of markdown.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(text);
    if (open !== undefined) {
      if (fence === null) {
        open.lines.push(text);
        continue;
      }
      const { lines, ...block } = open;
      if (LANGUAGES.includes(block.language)) blocks.push({ ...block, code: `${lines.join('\n')}\n` });
      open = undefined;
      before = '';
    } else if (fence !== null) {
      const reason = /<!-- not run: (.+?) -->\s*$/.exec(before)?.[1];
      const goesOn = /<!-- goes on -->\s*$/.test(before);
      open = { line: i + 1, language: fence[1] ?? '', lines: [], goesOn, ...(reason !== undefined && { reason }) };
    } else before += `${text}\n`;
  }
  if (open !== undefined) throw new Error(`the block that begins in line ${open.line} does not end`);
  return blocks;
}

/**
 * What a README's `npm install` lines name, without versions.
 *
 * @param {readonly Block[]} blocks
 */
export function installedBy(blocks) {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'));
  return lines
    .filter((line) => isInstall(line))
    .flatMap((line) => line.replace(/\s#.*/, '').trim().split(/\s+/).slice(2))
    .filter((name) => !name.startsWith('-'));
}

const isInstall = (/** @type {string} */ line) => /^npm (install|i) /.test(line);

/**
 * The programs of a README, in order: what is run, and in what language.
 *
 * @param {readonly Block[]} blocks
 * @returns {{ line: number, language: string, code: string }[]}
 */
export function programsOf(blocks) {
  /** @type {{ line: number, language: string, code: string }[]} */
  const programs = [];
  for (const { line, language, code, reason, goesOn } of blocks) {
    if (reason !== undefined) continue;
    if (language === 'sh') {
      const lines = code.split('\n').filter((text) => text.trim() !== '' && !text.startsWith('#') && !isInstall(text));
      if (lines.length > 0) programs.push({ line, language, code: `${lines.join('\n')}\n` });
    } else if (goesOn) {
      const last = programs.at(-1);
      if (last === undefined || last.language === 'sh')
        throw new Error(`line ${line}: there is no program to go on with`);
      last.code += code;
      // One that has types in it is TypeScript.
      if (language === 'ts') last.language = 'ts';
    } else programs.push({ line, language, code });
  }
  return programs;
}

/**
 * What the comments of a program say that it prints.
 *
 * @param {string} code
 */
export function promisedBy(code) {
  return [...code.matchAll(/\/\/ → (.+)$/gm)].map(([, text = '']) => text);
}

/**
 * The first promise that the output does not keep, in order; white space and quotes aside.
 *
 * @param {string} code
 * @param {string} output
 */
export function brokenPromise(code, output) {
  const bare = (/** @type {string} */ text) => text.replace(/[\s'"`]/g, '');
  let rest = bare(output);
  for (const promise of promisedBy(code)) {
    const parts = bare(promise).split('…');
    const pattern = new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*?'));
    const found = pattern.exec(rest);
    if (found === null) return promise;
    rest = rest.slice(found.index + found[0].length);
  }
  return undefined;
}
