// The rules of the whole workspace; each package's eslint.config.js re-exports this one.
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** The arrows of docs/architecture.md: what a package of one layer may import from the workspace. */
const layers = {
  checks: [],
  files: ['checks'],
  kernels: ['checks'],
  'native-kernels': ['checks', 'kernels'],
  gradients: ['checks'],
  safetensors: [],
  datasets: ['checks', 'files'],
  models: ['checks', 'files', 'safetensors'],
  layers: ['checks', 'kernels', 'gradients', 'datasets', 'safetensors'],
  robustness: ['checks', 'files', 'safetensors'],
  baselines: ['checks', 'kernels', 'gradients', 'datasets', 'safetensors', 'layers'],
  cli: [
    'checks',
    'files',
    'kernels',
    'gradients',
    'safetensors',
    'datasets',
    'models',
    'layers',
    'baselines',
    'native-kernels',
    'robustness',
  ],
};

const depConstraints = Object.entries(layers).map(([layer, below]) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: [`layer:${layer}`, ...below.map((name) => `layer:${name}`)],
}));

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
];
/** In sources alone: tests take elements of arrays that may hold bigints. */
const sourceDialect = [
  ...dialect,
  {
    selector:
      'TSAsExpression[typeAnnotation.type="TSNumberKeyword"] > ' +
      'MemberExpression[computed=true]:not([property.type="Literal"])',
    message: 'An element that is there is written xs[i]!, not xs[i] as number.',
  },
];

export default tseslint.config(
  {
    ignores: ['**/dist', '**/cjs', '**/assets', '**/out-tsc', '**/node_modules', '**/*.timestamp-*', '**/test-results'],
  },
  { plugins: { '@nx': nx } },
  js.configs.recommended,
  {
    // Prettier breaks code; this holds comments, texts and templates to the same column.
    ignores: ['**/wasmBinaries.ts'],
    rules: { 'max-len': ['error', { code: 120, ignoreUrls: true }] },
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
    rules: {
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
    // vitest's matchers and tfjs's loosely typed returns make these two noisy where nothing can go wrong.
    files: ['**/*.test.ts', '**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
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
