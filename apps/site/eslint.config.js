// The rules of the workspace, and those for components.
import tseslint from 'typescript-eslint';
import vue from 'eslint-plugin-vue';
import workspace from '../../eslint.config.js';

export default [
  ...workspace,
  ...vue.configs['flat/essential'].map((config) => ({ ...config, files: ['components/**/*.vue'] })),
  {
    files: ['components/**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    // Types are known to the compiler, which says what is not defined.
    rules: { 'no-undef': 'off' },
  },
];
