// Which types a public signature names that users cannot import beside it. The declarations in dist are read, entry by
// entry: what an entry exports may name types of tfjs, of Node and of the language, its own type parameters, and types
// that the same entry exports; no others, be they of this package or of one below it.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { root } from '../run/root.mjs';
import { packageNames } from './pictures.mjs';

/** @typedef {{ entry: string, name: string, type: string }} Unnamed An export, and a type that its signature names. */

/**
 * @param {readonly string[]} files Declarations of entries.
 * @returns {Unnamed[]}
 */
export function unnamedTypes(files) {
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  return files.flatMap((entry) => {
    const source = sourceOf(entry);
    const exported = exportsOf(entry);
    const known = new Set(exported.map(placeOf));
    const first = files.find((file) => folderOf(sourceOf(file)) === folderOf(source));
    const explained = new Set(first === undefined || first === entry ? [] : exportsOf(first));
    return exported.flatMap((symbol) => {
      // What comes from a package below, or from the first entry too, is explained there.
      if (explained.has(symbol)) return [];
      const own = (symbol.declarations ?? []).filter((one) => folderOf(one) === folderOf(source));
      const types = new Set(own.flatMap(namesIn).filter((type) => folderOf(type.declarations?.[0]) !== undefined));
      return [...types]
        .filter((type) => !known.has(placeOf(type)))
        .map((type) => ({ entry: relative(root, entry), name: symbol.name, type: type.name }));
    });
  });

  /** @param {string} file */
  function sourceOf(file) {
    const source = program.getSourceFile(file);
    if (!source) throw new Error(`namedTypes: ${file} is not there; build the packages first`);
    return source;
  }

  /** @param {string} file */
  function exportsOf(file) {
    const module = checker.getSymbolAtLocation(sourceOf(file));
    return module ? checker.getExportsOfModule(module).map(resolved) : [];
  }

  /** @param {ts.Symbol} symbol */
  function resolved(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  /**
   * The types, classes and interfaces that a declaration refers to.
   *
   * @param {ts.Node} node
   * @returns {ts.Symbol[]}
   */
  function namesIn(node) {
    if (isPrivate(node) || isCheck(node) || (ts.isHeritageClause(node) && isImplemented(node))) return [];
    const name = nameIn(node);
    const symbol = name && checker.getSymbolAtLocation(name);
    const named = symbol ? [resolved(symbol)].filter(({ flags }) => flags & NAMED) : [];
    /** @type {ts.Symbol[]} */
    const below = [];
    ts.forEachChild(node, (child) => void below.push(...namesIn(child)));
    return [...named, ...below];
  }
}

const NAMED = ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Enum;

/** @param {ts.Node} node */
function nameIn(node) {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  return ts.isImportTypeNode(node) ? node.qualifier : undefined;
}

/** @param {ts.Node} node */
export function isPrivate(node) {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) ?? false;
}

/**
 * The tables and schemas by which arguments are checked: packages share them, users have no need of their types.
 *
 * @param {ts.Node} node
 */
export function isCheck(node) {
  return ts.isVariableDeclaration(node) && /^(Entries|Schema)\b/.test(node.type?.getText() ?? '');
}

/** @param {ts.HeritageClause} node */
function isImplemented(node) {
  return node.token === ts.SyntaxKind.ImplementsKeyword;
}

/**
 * Where a type is declared; the same for all copies of ct-checks, which the build puts into the packages.
 *
 * @param {ts.Symbol} symbol
 */
function placeOf(symbol) {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
  return `${file.replace(/^.*\/dist\/checks\//, 'checks/')} ${symbol.name}`;
}

/**
 * The folder of the package of ours that a declaration is in, or undefined.
 *
 * @param {ts.Node | undefined} node
 */
function folderOf(node) {
  return /\/packages\/([^/]+)\/(?!.*\/node_modules\/)/.exec(node?.getSourceFile().fileName ?? '')?.[1];
}

/** Declarations of the entries of every package that is published. */
export function entries() {
  return packageNames().flatMap((name) => declarationsOf(name).map(({ file }) => file));
}

/**
 * The entries of a package that have declarations; none of one that is not published.
 *
 * @param {string} name Its folder.
 * @returns {{ path: string, file: string }[]} What users import, and the file of declarations.
 */
export function declarationsOf(name) {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.private) return [];
  return Object.entries(manifest.exports).flatMap(([path, entry]) => {
    const types = typesOf(entry);
    return types === undefined ? [] : [{ path: join(manifest.name, path), file: join(folder, types) }];
  });
}

/**
 * @param {any} entry
 * @returns {string | undefined}
 */
function typesOf(entry) {
  if (typeof entry !== 'object') return undefined;
  return entry.types ?? typesOf(entry.import) ?? typesOf(entry.default);
}
