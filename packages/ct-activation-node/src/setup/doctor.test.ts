import { join } from 'node:path';
import { expect, it } from 'vitest';
import { needsSetUp, setUpState } from '../../test/setUpState.js';
import { folder, ctNode, fakeTfjsNode, projectWith } from '../../test/setUpFolder.js';

it('says what is missing, with exit code 1', () => {
  const { status, stdout } = ctNode(
    ['doctor'],
    { CT_NODE_CACHE: join(folder, 'none') },
    projectWith(fakeTfjsNode('bare')),
  );
  expect(status).toBe(1);
  expect(stdout).toContain('✗ libtensorflow: missing; run npx ct-node setup');
});

it.skipIf(setUpState === undefined)(`finds a whole set-up in order (${needsSetUp})`, () => {
  const { status, stdout } = ctNode(['doctor']);
  expect(stdout).toMatch(/✓ self-test: \d+ cases, largest error \d\.\de-7/);
  expect(status).toBe(0);
});
