// The rules of the whole workspace; each package's eslint.config.js re-exports this one.
import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { constantRule } from './tools/check/constantRule.mjs';
import { docRule } from './tools/check/docRule.mjs';
import { packageNames, shown } from './tools/check/pictures.mjs';

/** What a package may import from the workspace: the arrows of docs/architecture.md, and no others. */
const arrows = shown('packages');
const tagOf = (name) => JSON.parse(readFileSync(new URL(`packages/${name}/package.json`, import.meta.url))).nx.tags[0];
const depConstraints = packageNames().map((name) => ({
  sourceTag: tagOf(name),
  onlyDependOnLibsWithTags: [name, ...(arrows.get(name) ?? [])].map(tagOf),
}));
// The site shows them all.
depConstraints.push({ sourceTag: 'app:site', onlyDependOnLibsWithTags: ['*'] });

const deepTfjsImports = {
  group: ['@tensorflow/*/dist/*', '@tensorflow/*/dist', '@tensorflow/*/src/*'],
  message: 'Deep imports fail in Node and load a second copy of tfjs; import the bare package.',
};

/** One way to say each of these; CONTRIBUTING lists them. */
const dialect = [
  {
    selector: ':matches(ImportSpecifier[importKind="type"], ExportSpecifier[exportKind="type"])',
    message: 'Types are imported and exported by a statement of their own: import type { X }.',
  },
  { selector: 'PrivateIdentifier', message: 'Private members are written private x, not #x.' },
  {
    selector:
      'CallExpression[arguments.length=0][callee.property.name=/^toThrow(Error)?$/]' +
      ':not([callee.object.property.name="not"])',
    message: 'toThrow() accepts any error, a misspelt name too: say which.',
  },
];
/** In sources alone: tests take elements of arrays that may hold bigints, and call all of tfjs. */
const sourceDialect = [
  ...dialect,
  {
    selector: 'ImportDeclaration[source.value=/^@tensorflow/] > ImportNamespaceSpecifier',
    message: 'What is used of tfjs is imported by name, so that a bundler can leave out the rest.',
  },
  {
    selector:
      'TSAsExpression[typeAnnotation.type="TSNumberKeyword"] > ' +
      'MemberExpression[computed=true]:not([property.type="Literal"])',
    message: 'An element that is there is written xs[i]!, not xs[i] as number.',
  },
];

/** Sources whose functions may take more than four arguments in a row. */
const manyParameters = [
  // Inner functions of the kernels of a batch, called for each of its passes over typed arrays.
  'packages/ct-activation/src/kernels/cpu/normalizeBatch.ts',
];

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/cjs',
      '**/esm',
      '**/assets',
      '**/out-tsc',
      '**/node_modules',
      '**/*.timestamp-*',
      '**/test-results',
      'apps/site/.vitepress/cache',
      'apps/site/pages/api',
    ],
  },
  { plugins: { '@nx': nx } },
  js.configs.recommended,
  {
    // Prettier breaks code; this holds comments, texts and templates to the same column.
    ignores: ['**/wasmBinaries.ts'],
    rules: { 'max-len': ['error', { code: 120, ignoreUrls: true }] },
  },
  {
    // More are named fields of one value. Signatures of C functions, in interfaces, are not counted.
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'tools/**/*.mjs', 'experiments/**/*.mjs'],
    ignores: ['**/*.test.*', ...manyParameters],
    rules: { 'max-params': ['error', 4] },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      'no-restricted-syntax': ['error', ...dialect],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-restricted-imports': ['error', { patterns: [deepTfjsImports] }],
    },
  },
  {
    files: ['**/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    plugins: { workspace: { rules: { constant: constantRule, doc: docRule } } },
    rules: {
      'workspace/constant': 'error',
      'workspace/doc': 'error',
      'no-restricted-syntax': ['error', ...sourceDialect],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          banTransitiveDependencies: true,
          checkDynamicDependenciesExceptions: ['.*'],
          depConstraints,
        },
      ],
    },
  },
  {
    // No package: what it imports its package.json says, and it works with all of tfjs.
    files: ['experiments/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': 'off',
      'no-restricted-syntax': ['error', ...dialect],
    },
  },
  {
    // vitest's matchers and tfjs's loosely typed returns make these two noisy where nothing can go wrong.
    files: ['**/*.test.ts', '**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    // Pages.
    files: ['examples/**/*.js', 'tools/consumer/curve/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'createImageBitmap',
          'document',
          'indexedDB',
          'location',
          'navigator',
          'OffscreenCanvas',
          'requestAnimationFrame',
          'self',
          'URLSearchParams',
          'Worker',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'setTimeout', 'clearTimeout', 'fetch', 'performance', 'globalThis'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
);
