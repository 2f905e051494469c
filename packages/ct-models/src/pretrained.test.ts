import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CachedFileProgress } from '@curvature-tuning/files/cached';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory, ones, ready, setBackend, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WeightsFile } from './pretrained.js';
import { fetchWeights, loadPretrained, pretrainedWeights } from './pretrained.js';

const file = new Uint8Array(readFileSync(new URL('../weights/resnet14.mnist.safetensors', import.meta.url)));
const { tensors: all } = parseSafetensors(file);
/** Every second tensor. */
const shard = (which: number): Uint8Array => serializeSafetensors([...all].filter((_, i) => i % 2 === which));
const index = JSON.stringify({
  weight_map: Object.fromEntries([...all.keys()].map((name, i) => [name, `${i % 2}.safetensors`])),
});

/** The tensors as PyTorch before 1.6 wrote them, each with a storage of its own. */
function torchFile(): Uint8Array {
  const le = (value: number | bigint, bytes: number): Buffer =>
    Buffer.from(Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn)));
  const text = (value: string): (string | Buffer)[] => ['X', le(value.length, 4), value];
  const size = (value: number): (string | Buffer)[] => ['J', le(value, 4)];
  const entries = [...all].flatMap(([name, { shape, data }], i) => [
    ...text(name),
    'ctorch._utils\n_rebuild_tensor_v2\n((',
    ...text('storage'),
    'ctorch\nFloatStorage\n',
    ...text(String(i)),
    ...text('cpu'),
    ...size(data.length),
    'NtQK\0(',
    ...shape.flatMap(size),
    't(',
    ...shape.flatMap((_, axis) => size(shape.slice(axis + 1).reduce((product, side) => product * side, 1))),
    't\x89Nt',
    'R',
  ]);
  const pickle = (...pieces: readonly (string | Buffer)[]): (string | Buffer)[] => ['\x80\x02', ...pieces, '.'];
  const pieces = [
    ...pickle('\x8a\x0a', le(0x1950a86a20f9469cfc6cn, 10)),
    ...pickle('M', le(1001, 2)),
    ...pickle('}(', ...text('little_endian'), '\x88u'),
    ...pickle('}(', ...entries, 'u'),
    ...pickle('](', ...[...all.keys()].flatMap((_, i) => text(String(i))), 'e'),
    ...[...all.values()].flatMap(({ data }) => [
      le(data.length, 8),
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
  ];
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)));
}

const folder = mkdtempSync(join(tmpdir(), 'pretrained-'));
let server: Server;
let address: string;

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
  server = createServer((request, response) => {
    if (request.url === '/weights') response.end(file);
    else if (request.url === '/torch') response.end(torchFile());
    else if (request.url === '/index') response.end(index);
    else if (request.url === '/0.safetensors' || request.url === '/1.safetensors')
      response.end(shard(Number(request.url[1])));
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => vi.unstubAllGlobals());
afterAll(() => {
  rmSync(folder, { recursive: true });
  return new Promise((closed) => server.close(closed));
});

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

  it('says which names are near when it does not know one', async () => {
    await expect(loadPretrained('resnet14')).rejects.toThrow(
      /^loadPretrained: name must be a key of pretrainedWeights, such as resnet14\.mnist, .*; got "resnet14"$/,
    );
    await expect(loadPretrained('toString')).rejects.toThrow(RangeError);
  });

  it('says offline where what is not there can be downloaded', async () => {
    await expect(loadPretrained('resnet50.tv_in1k', { cache: folder, offline: true })).rejects.toThrow(
      'and offline is set; it can be had from\n' +
        '  https://huggingface.co/timm/resnet50.tv_in1k/resolve/main/model.safetensors',
    );
  });

  it('downloads once, from the first address that has the file, and says what it was compared with', async () => {
    const files: WeightsFile[] = [];
    const progress: CachedFileProgress[] = [];
    const options = {
      cache: folder,
      mirrors: [`${address}/none`, `${address}/weights`],
      onFile: (one: WeightsFile) => void files.push(one),
      onProgress: (one: CachedFileProgress) => void progress.push(one),
    };
    (await loadPretrained('resnet14.mnist', options)).dispose();
    (await loadPretrained('resnet14.mnist', { ...options, offline: true })).dispose();
    const sha256 = pretrainedWeights['resnet14.mnist']?.sha256;
    const place = join(folder, 'models', 'resnet14.mnist.safetensors');
    expect(files).toEqual([
      { sha256, from: 'network', verified: 'given', place },
      { sha256, from: 'cache', verified: 'given', place },
    ]);
    expect(progress.at(-1)).toMatchObject({ phase: 'download', done: file.length, total: file.length });
  });

  it('records the sum of a file of which none is known', async () => {
    const files: WeightsFile[] = [];
    const cache = join(folder, 'recorded');
    const options = { cache, mirrors: [`${address}/weights`], onFile: (one: WeightsFile) => void files.push(one) };
    for (let i = 0; i < 2; i++)
      await expect(loadPretrained('resnet50.tv_in1k', options)).rejects.toThrow('the weights do not fit "resnet50"');
    expect(files.map(({ verified }) => verified)).toEqual(['first', 'recorded']);
  });

  it('compares the digits of a sum that are published, of a file that is given and of one that is kept', async () => {
    const root = mkdtempSync(join(folder, 'begins-'));
    const name = 'vgg11.tv_in1k';
    const fault = /to have a SHA-256 that begins with 8a719046, got \w{64}; (delete \S+\.pth, )?get the file anew/;
    await expect(fetchWeights(name, { cache: root, keep: file })).rejects.toThrow(fault);
    const { sha256 } = (await fetchWeights(name, { cache: root, keep: file, sha256: null })).file;
    await expect(fetchWeights(name, { cache: root, offline: true })).rejects.toThrow(fault);
    const byName = { cache: root, offline: true, mirrors: [address] };
    expect((await fetchWeights(name, byName)).file).toMatchObject({ from: 'cache', sha256 });
  });

  it('reads what torch.save wrote, and sets of files by their index', async () => {
    const reference = await loadPretrained('resnet14.mnist');
    const logits = (model: LayersModel): Float32Array =>
      tidy(() => (model.predict(ones([1, 28, 28, 1])) as Tensor).dataSync<'float32'>());
    for (const path of ['torch', 'index']) {
      const model = await loadPretrained('resnet14.mnist', { from: `${address}/${path}`, sha256: null });
      expect(logits(model)).toEqual(logits(reference));
      model.dispose();
    }
    reference.dispose();
    const index = new TextEncoder().encode('{"weight_map": {"a": "b.safetensors"}}');
    await expect(loadPretrained('resnet14.mnist', { from: index, sha256: null })).rejects.toThrow(
      'got an index of 1 files; pass its URL',
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
      'missing: conv1.weight [16, 1, 3, 3]',
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
