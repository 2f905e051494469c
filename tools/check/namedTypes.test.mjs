import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { entries, unnamedTypes } from './namedTypes.mjs';

const folder = mkdtempSync(join(tmpdir(), 'ct-named-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('finds that every type which a public signature names is exported beside it', () => {
  const missing = unnamedTypes(entries()).map(({ entry, name, type }) => `${entry}: ${name} names ${type}`);
  expect(missing, 'export type { X } from the entry that exports the function').toEqual([]);
});

/**
 * What is missing from a package of the given declarations, the first of which is its entry.
 *
 * @param {Record<string, string>} files
 */
function missingFrom(files) {
  const dist = join(mkdtempSync(join(folder, 'case-')), 'packages', 'ct-case', 'dist');
  mkdirSync(dist, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dist, name), text);
  return unnamedTypes([join(dist, Object.keys(files)[0])]).map(({ name, type }) => `${name} names ${type}`);
}

it('finds a type of an argument, of a result, of a field and of a base', () => {
  const entry = `export { f, A, B } from './f.js';`;
  const f = `
    interface Given { x: number }
    interface Made { y: number }
    interface Field { z: number }
    interface Base { w: number }
    export declare function f(given: Given): Promise<Made>;
    export interface A { field?: readonly Field[] | undefined }
    export interface B extends Base {}`;
  expect(missingFrom({ 'index.d.ts': entry, 'f.d.ts': f })).toEqual([
    'f names Given',
    'f names Made',
    'A names Field',
    'B names Base',
  ]);
});

it('asks for no type parameter, private field, implemented interface or table of checks', () => {
  const f = `
    type Hidden = number;
    type Schema<T> = (value: T) => boolean;
    export declare function f<T extends number>(x: T): T;
    export declare class C implements Partial<{ a: number }> { private hidden: Hidden; a: number }
    export declare const fArguments: Schema<Hidden>;`;
  expect(missingFrom({ 'index.d.ts': `export { f, C, fArguments } from './f.js';`, 'f.d.ts': f })).toEqual([]);
});

it('is content with what is exported under another name', () => {
  const f = `interface Given { x: number }\nexport declare function f(given: Given): void;\nexport type { Given };`;
  const entry = `export { f } from './f.js';\nexport type { Given as FArguments } from './f.js';`;
  expect(missingFrom({ 'index.d.ts': entry, 'f.d.ts': f })).toEqual([]);
});
