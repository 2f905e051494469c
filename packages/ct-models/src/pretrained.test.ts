import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import { memory, ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPretrained, pretrainedWeights } from './pretrained.js';

const file = new Uint8Array(readFileSync(new URL('../weights/resnet14.mnist.safetensors', import.meta.url)));
let server: Server;
let address: string;

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
  server = createServer((request, response) => {
    if (request.url === '/weights') response.end(file);
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => vi.unstubAllGlobals());
afterAll(() => new Promise((closed) => server.close(closed)));

describe('loadPretrained', () => {
  it('loads the weights of this package without set-up', async () => {
    const before = memory().numTensors;
    const model = await loadPretrained('resnet14.mnist');
    const { tensors } = parseSafetensors(file);
    expect(model.getLayer('fc').getWeights()[1]?.dataSync()).toEqual(tensors.get('fc.bias')?.data);
    expect(memory().numTensors).toBe(before + model.weights.length);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    ['a URL object', () => new URL('/weights', address)],
    ['a URL string', () => `${address}/weights`],
    ['a data URL', () => `data:application/octet-stream;base64,${Buffer.from(file).toString('base64')}`],
    ['bytes', () => file],
    ['an ArrayBuffer', () => file.slice().buffer],
    ['a view into a larger buffer', () => new Uint8Array([0, ...file, 0]).subarray(1, 1 + file.length)],
  ])('takes them from %s', async (_, from) => {
    const model = await loadPretrained('resnet14.mnist', { from: from() });
    expect(model.inputs[0]?.shape).toEqual([null, 28, 28, 1]);
    model.dispose();
  });

  it('lists the known names when it does not know one', async () => {
    const message = `loadPretrained: expected one of ${Object.keys(pretrainedWeights).join(', ')}; got "resnet14"`;
    await expect(loadPretrained('resnet14')).rejects.toThrow(new RangeError(message));
    await expect(loadPretrained('toString')).rejects.toThrow(RangeError);
  });

  it('says where to download what the package does not hold', async () => {
    await expect(loadPretrained('resnet50.tv_in1k')).rejects.toThrow(
      'download model.safetensors from https://huggingface.co/timm/resnet50.tv_in1k and pass {from: URL or bytes}',
    );
  });

  it('refuses a file that it has no checksum for, unless told', async () => {
    await expect(loadPretrained('resnet50.tv_in1k', { from: file })).rejects.toThrow(
      'no checksum of "resnet50.tv_in1k" is known; pass {sha256: "..."}, or {sha256: null}',
    );
    await expect(loadPretrained('resnet50.tv_in1k', { from: file, sha256: null })).rejects.toThrow(
      'the weights do not fit "resnet50"',
    );
  });

  it('refuses a file of another checksum', async () => {
    const damaged = file.slice();
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    await expect(loadPretrained('resnet14.mnist', { from: damaged })).rejects.toThrow(
      /expected "resnet14.mnist" to have SHA-256 e3cdf7d0.*, got .*; the file is damaged or another one/,
    );
    await expect(loadPretrained('resnet14.mnist', { sha256: '0'.repeat(64) })).rejects.toThrow(
      `SHA-256 ${'0'.repeat(64)}, got e3cdf7d0`,
    );
    (await loadPretrained('resnet14.mnist', { from: damaged, sha256: null })).dispose();
  });

  it('disposes of the model when the weights do not fit', async () => {
    const before = memory().numTensors;
    await expect(loadPretrained('resnet14.mnist', { from: serializeSafetensors([]), sha256: null })).rejects.toThrow(
      'missing: conv1.weight',
    );
    expect(memory().numTensors).toBe(before);
  });

  it('reports a file that the server does not have', async () => {
    await expect(loadPretrained('resnet14.mnist', { from: `${address}/none` })).rejects.toThrow(
      `expected the weights at ${address}/none, got HTTP 404`,
    );
  });
});

describe('pretrainedWeights', () => {
  it('states the facts that the file of resnet14.mnist states', () => {
    const { metadata } = parseSafetensors(file);
    const facts = pretrainedWeights['resnet14.mnist'];
    expect(metadata).toMatchObject({
      name: 'resnet14.mnist',
      seed: '0',
      licence: facts?.licence,
      test_accuracy: String(facts?.accuracy),
      mean: String(facts?.mean[0]),
      std: String(facts?.std[0]),
    });
  });

  it('fits the models it builds', () => {
    for (const [name, { build, inputShape, classes, mean, std }] of Object.entries(pretrainedWeights)) {
      expect(name.split('.')).toHaveLength(2);
      expect([mean.length, std.length]).toEqual([inputShape[2], inputShape[2]]);
      const model = build({ inputShape, classes, initialWeights: 'zeros' });
      expect(model.name).toBe(name.split('.')[0]);
      model.dispose();
    }
  });

  it('says that an address is answered with index.html, before it compares checksums', async () => {
    vi.stubGlobal('fetch', () =>
      Promise.resolve(new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })),
    );
    await expect(loadPretrained('resnet14.mnist', { from: 'https://example.org/model.safetensors' })).rejects.toThrow(
      'got an HTML page',
    );
    await expect(
      loadPretrained('resnet14.mnist', { from: new TextEncoder().encode('<!doctype html><html>'), sha256: null }),
    ).rejects.toThrow('got a page of HTML');
  });
});
