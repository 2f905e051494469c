// The public API of each package as its declarations say it, packages/ct-x/api.md, so that a change of it shows in
// review. `node tools/check/apiReport.mjs --write` writes the reports, apiReport.test.mjs compares them with what is
// built.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from '../run/root.mjs';
import { declarationsOf, isCheck, isPrivate } from './namedTypes.mjs';
import { packageNames } from './pictures.mjs';

const printer = ts.createPrinter({ removeComments: true });

/**
 * The reports, by the paths of their files.
 *
 * @returns {Map<string, string>}
 */
export function apiReports() {
  const published = packageNames().flatMap((name) => {
    const entries = declarationsOf(name);
    return entries.length === 0 ? [] : [{ name, entries }];
  });
  const program = ts.createProgram(
    published.flatMap(({ entries }) => entries.map(({ file }) => file)),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      skipLibCheck: true,
      types: ['node'],
    },
  );
  return new Map(
    published.map(({ name, entries }) => {
      const parts = entries.map(({ path, file }) => `## ${path}\n\n${reportOf(program, name, file)}\n`);
      const note = 'Made of the declarations by `node tools/check/apiReport.mjs --write`: what users can import.';
      return [join('packages', name, 'api.md'), `# The public API of ${name}\n\n${note}\n\n${parts.join('\n')}`];
    }),
  );
}

/**
 * @param {ts.Program} program
 * @param {string} name The package's folder.
 * @param {string} file Declarations of an entry.
 */
function reportOf(program, name, file) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`apiReport: ${file} is not there; build the packages first`);
  /** @type {string[]} */
  const own = [];
  /** @type {string[]} */
  const others = [];
  const exported = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const alias of exported) {
    const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
    const declarations = symbol.declarations ?? [];
    const from = /\/packages\/([^/]+)\//.exec(declarations[0]?.getSourceFile().fileName ?? '')?.[1];
    if (declarations.some((one) => isCheck(one))) continue;
    const as = alias.name === symbol.name ? '' : ` as ${alias.name}`;
    if (from !== name) others.push(`\`${symbol.name}${as}\``);
    else own.push(declarations.map(textOf).join('\n') + (as && `\nexport { ${symbol.name}${as} };`));
  }
  const ofOthers = others.length === 0 ? '' : `\n\nOf other packages: ${others.join(', ')}.`;
  return `\`\`\`ts\n${own.join('\n')}\n\`\`\`${ofOthers}`;
}

/**
 * A declaration without comments and private members.
 *
 * @param {ts.Declaration} declaration
 */
function textOf(declaration) {
  const source = declaration.getSourceFile();
  // `const x: T` is a part of its statement.
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const open = ts.transform(node, [
    (context) => (top) => {
      /** @type {(one: ts.Node) => ts.Node | undefined} */
      const visit = (one) => (isPrivate(one) ? undefined : ts.visitEachChild(one, visit, context));
      return ts.visitEachChild(top, visit, context);
    },
  ]);
  const text = printer.printNode(ts.EmitHint.Unspecified, /** @type {ts.Node} */ (open.transformed[0]), source);
  return text.replace(/^export /, '').replace(/^declare /, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--write'))
  for (const [path, text] of apiReports())
    if (!existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
      writeFileSync(join(root, path), text);
