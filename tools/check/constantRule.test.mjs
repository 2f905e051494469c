import { RuleTester } from 'eslint';
import { describe, it } from 'vitest';
import tseslint from 'typescript-eslint';
import { constantRule } from './constantRule.mjs';

RuleTester.describe = describe;
RuleTester.it = it;
const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });

tester.run('constantRule', constantRule, {
  valid: [
    'const MOST = 2 ** 24;',
    "export const NAMES = ['digits', 'mnist'] as const;",
    'const bytes = sizeOf(shape);',
    'const rules = { relu: (x) => x };',
    'const KEYS = new Set([LOWEST]);',
    'function f() { const most = 3; return most; }',
    'let seen = 0;',
  ],
  invalid: [
    { code: 'const mostBytes = 2 ** 24;', errors: [{ message: /name it MOST_BYTES/ }] },
    { code: 'export const lowest: number = -3.4e38;', errors: [{ message: /name it LOWEST/ }] },
    { code: 'const pattern = /^a/;', errors: [{ messageId: 'name' }] },
    { code: 'const text = `${KEY}.json`;', errors: [{ messageId: 'name' }] },
    { code: "const kinds = new Map([['relu', 1]]);", errors: [{ messageId: 'name' }] },
    { code: "const names = ['digits', 'mnist'] as const;", errors: [{ messageId: 'name' }] },
  ],
});
