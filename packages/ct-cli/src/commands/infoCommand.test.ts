import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { someRun } from '../../test/someRun.js';
import type { SomeRun } from '../../test/someRun.js';
import { infoCommand } from './infoCommand.js';

const { signal } = new AbortController();
let run: SomeRun;
beforeAll(async () => void (run = await someRun('layers')));
afterAll(() => rmSync(run.folder, { recursive: true }));

it('knows a model and the adapter that fits it', async () => {
  const model = await infoCommand({ model: run.model, backend: 'cpu' }, signal);
  expect(model).toMatchObject({ kind: 'LayersModel', input: '[any, 16, 16, 3]', output: '[any, 5]' });
  expect([model['sites'], model['images']]).toEqual([
    '2 activations: 2 relu',
    'resized to 16×16 RGB, values in [0, 1] (the model does not say)',
  ]);
  const adapter = await infoCommand({ model: run.adapter, backend: 'cpu' }, signal);
  expect(adapter).toMatchObject({ head: '12 features to 3 classes', classes: 'blue, green, red', gives: 'logits' });
  expect(adapter['made for']).toContain(model['fingerprint']);
});
