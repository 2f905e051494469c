// Addresses in what VitePress built for the base BASE, made to hold wherever the files come to lie.
import { dirname, relative } from 'node:path/posix';
import { parseAst } from 'vite';

/** The base that the site is built with: no address that is written so is meant otherwise. */
export const BASE = '/__base__/';

/**
 * The way up from a file to the folder of the site: `./` or `../../`.
 *
 * @param {string} file Its path in that folder.
 */
export function wayUp(file) {
  return `${relative(dirname(file), '') || '.'}/`;
}

/**
 * Code in which each text that has the base in it is replaced by an expression.
 *
 * @param {string} code
 * @param {(literal: string) => string} expression Gets the literal as it is written, quotes and all.
 */
export function withoutBase(code, expression) {
  /** @type {{ start: number, end: number }[]} */
  const found = [];
  const visit = (/** @type {any} */ node) => {
    const isText = (node.type === 'Literal' && typeof node.value === 'string') || node.type === 'TemplateLiteral';
    if (isText && code.slice(node.start, node.end).includes(BASE)) found.push(node);
    else
      for (const child of Object.values(node)) {
        if (Array.isArray(child)) child.filter(isNode).forEach(visit);
        else if (isNode(child)) visit(child);
      }
  };
  visit(parseAst(code));
  return found
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => {
      return text.slice(0, start) + expression(text.slice(start, end)) + text.slice(end);
    }, code);
}

/** @param {any} value */
const isNode = (value) => value !== null && typeof value === 'object' && typeof value.type === 'string';
