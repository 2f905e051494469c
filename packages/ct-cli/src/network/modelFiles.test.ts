// Model files as they lie about: whole, of another program, missing or damaged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { graphArtifacts, writeModel } from '../../test/tinyModels.js';
import { readModelFiles } from './modelFiles.js';

const { signal } = new AbortController();
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ct-model-files-'));
  const weights = [{ name: 'w', shape: [2], dtype: 'float32' }];
  writeFileSync(at('page.json'), '<!doctype html><p>404');
  writeFileSync(at('text.json'), 'model');
  writeFileSync(at('other.json'), '{"name": "package"}');
  writeFileSync(at('tfdf.json'), '{"format": "tf-decision-forest", "modelTopology": {}}');
  const manifest = (path: string): string =>
    JSON.stringify({ modelTopology: { node: [] }, weightsManifest: [{ paths: [path], weights }] });
  writeFileSync(at('shard.json'), manifest('lost.bin'));
  writeFileSync(at('short.json'), manifest('short.bin'));
  writeFileSync(at('short.bin'), new Uint8Array(4));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('reads what was written, to the last bit, and tells a graph without its format', async () => {
  const given = graphArtifacts();
  delete given.format;
  writeModel(at('graph'), given);
  const { format, artifacts } = await readModelFiles(at('graph'), signal);
  expect([format, artifacts.modelTopology, artifacts.weightSpecs]).toEqual([
    'GraphModel',
    given.modelTopology,
    given.weightSpecs,
  ]);
  expect(artifacts.weightData).toEqual(given.weightData);
});

it.each<[string, () => string, RegExp]>([
  ['no file', () => at('none.json'), /there is no file/],
  ['a folder without model.json', () => folder, /holds no model.json/],
  ['a Keras file', () => 'm.h5', /a Keras model; convert it/],
  ['a web page', () => at('page.json'), /is a web page/],
  ['text', () => at('text.json'), /must be JSON/],
  ['JSON of something else', () => at('other.json'), /modelTopology/],
  ['another format', () => at('tfdf.json'), /says that it is "tf-decision-forest"/],
  ['a missing shard', () => at('shard.json'), /lost.bin is missing; put it there/],
  ['weights cut short', () => at('short.json'), /must be 8 bytes, got 4/],
])('refuses %s', async (_, address, message) => {
  await expect(readModelFiles(address(), signal)).rejects.toThrow(message);
});
