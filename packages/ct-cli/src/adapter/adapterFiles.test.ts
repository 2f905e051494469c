import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAdapter } from './adapterFiles.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ct-adapter-'));
  mkdirSync(at('empty'));
  mkdirSync(at('run'));
  writeFileSync(at('run/adapter.safetensors'), '');
  mkdirSync(at('lora'));
  for (const name of ['adapter_model.safetensors', 'adapter_config.json']) writeFileSync(at(`lora/${name}`), '{}');
  writeFileSync(at('lora/classifier.json'), '{"format": 2}');
  writeFileSync(at('notes.txt'), 'notes');
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['nothing', 'none', /there is no ".*none"/],
  ['a file of another kind', 'notes.txt', /notes.txt" is no adapter: loadAdapter: expected a .safetensors file/],
  ['an empty folder', 'empty', /is a folder without adapter_model.safetensors; name adapter.safetensors, or the/],
  ['the folder of a run', 'run', /name its adapter.safetensors/],
  ['LoRA of another format', 'lora', /classifier.json: its content.format must be format 1, got 2; update/],
  ['a file of it', 'lora/adapter_config.json', /classifier.json: its content.format/],
])('refuses %s by name', async (_, path, message) => {
  await expect(readAdapter(at(path))).rejects.toThrow(message);
});
