// Benchmarks the reading of data sets: batches of 32 JPEGs decoded to 224 pixels against PyTorch's DataLoader with two
// workers, which runs in turns with this process on the same folder; batches of IDX images; and the memory over an
// epoch of a set ten times the heap, in a process whose heap is small. Writes tools/bench/results/data-loading.json;
// the packages must be built.
//
//     node tools/bench/loading/dataLoading.mjs [--rounds 7] [--python /usr/bin/python3]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { spread } from '../measure/measureActivation.mjs';
import { startPeer } from '../peer.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    python: { type: 'string', default: '/usr/bin/python3' },
    memory: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const require = createRequire(new URL('../../../packages/ct-datasets/package.json', import.meta.url));
/** @param {string} name */
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { default: sharp } = await load('sharp');
const { dispose } = await load('@tensorflow/tfjs-core');
await load('@tensorflow/tfjs-backend-cpu');
const { openDataset } = await import('../../../packages/ct-datasets/dist/node.js');
const { toDataSet } = await import('../../../packages/ct-datasets/dist/index.js');

if (options.memory) {
  console.log(JSON.stringify(await memoryOfLargeSet()));
  process.exit();
}

const CLASSES = 10;
/** Of each class: an epoch's begin and end, at which cores wait, are to say little. */
const PHOTOS = 96;
const root = mkdtempSync(join(tmpdir(), 'ct-loading-'));
try {
  const folder = join(root, 'imagenette', 'imagenette2');
  await makePhotos();
  const { train } = await openDataset('imagenette', { root, size: [224, 224], channels: 3, cropPct: 0.875 });
  const { validation } = await openDataset('imagenette', { root, size: [224, 224], channels: 3, cropPct: 0.875 });
  const photos = CLASSES * PHOTOS;
  const pytorch = await startPeer(options.python, [
    fileURLToPath(new URL('dataLoading.py', import.meta.url)),
    join(folder, 'train'),
  ]);
  /** @type {Record<'ours' | 'pytorch' | 'idx', number[]>} */
  const perSecond = { ours: [], pytorch: [], idx: [] };
  const digits = toDataSet({
    images: new Uint8Array(60_000 * 784).fill(7),
    labels: new Uint8Array(60_000),
    shape: [28, 28, 1],
    classes: ['zero'],
  });
  for (let round = -1; round < rounds; round++) {
    const found = {
      // The photos that are held back for validation, too.
      ours: (1000 * photos) / ((await epoch(train)) + (await epoch(validation))),
      pytorch: (1000 * photos) / (await pytorch.time('epoch')),
      idx: (1000 * digits.length) / (await epoch(digits)),
    };
    if (round >= 0)
      for (const name of /** @type {const} */ (['ours', 'pytorch', 'idx'])) perSecond[name].push(found[name]);
  }
  pytorch.end();
  const program = ['--max-old-space-size=96', '--expose-gc', fileURLToPath(import.meta.url), '--memory'];
  const printed = execFileSync(process.execPath, program, { encoding: 'utf8' }).trim().split('\n');
  const memory = JSON.parse(/** @type {string} */ (printed.at(-1)));
  const record = {
    command: ['node', ...process.execArgv, 'tools/bench/loading/dataLoading.mjs', ...process.argv.slice(2)].join(' '),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    }).trim(),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    loadAverage: Number(loadavg()[0].toFixed(1)),
    versions: { node: process.version, pytorch: pytorch.greeting },
    rounds,
    photos,
    perSecond: { ours: spread(perSecond.ours), pytorch: spread(perSecond.pytorch) },
    ratio: spread(perSecond.ours.map((value, i) => value / perSecond.pytorch[i])),
    idxPerMinute: spread(perSecond.idx.map((value) => 60 * value)),
    memory,
  };
  console.log(record);
  const results = fileURLToPath(new URL('../results', import.meta.url));
  writeFileSync(`${results}/data-loading.json`, `${JSON.stringify(record, null, 1)}\n`);
} finally {
  rmSync(root, { recursive: true });
}

/** Photos of 500 x 375 pixels of clouds, about 40 kB each. */
async function makePhotos() {
  const [width, height] = [500, 375];
  for (let label = 0; label < CLASSES; label++) {
    const paths = ['train', 'val'].map((split) => join(root, 'imagenette/imagenette2', split, `n${label}`));
    paths.forEach((path) => mkdirSync(path, { recursive: true }));
    for (let photo = 0; photo < PHOTOS; photo++) {
      const pixels = new Uint8Array(width * height * 3);
      for (let i = 0; i < pixels.length; i++)
        pixels[i] = 128 + 90 * Math.sin(i / (41 + photo)) * Math.cos(i / (7000 + 90 * label)) + ((i * 7919) % 29);
      const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 85 })
        .toBuffer();
      writeFileSync(join(/** @type {string} */ (paths[0]), `${photo}.jpg`), bytes);
      if (photo === 0) writeFileSync(join(/** @type {string} */ (paths[1]), `${photo}.jpg`), bytes);
    }
  }
}

/**
 * Milliseconds of an epoch of batches.
 *
 * @param {import('../../../packages/ct-data/dist/index.js').DataSet} set
 */
async function epoch(set) {
  const start = performance.now();
  let images = 0;
  for await (const batch of set.batches(32, { prefetch: 2 })) {
    images += batch.images.shape[0];
    dispose([batch.images, batch.labels]);
  }
  if (images !== set.length) throw new Error(`dataLoading.mjs: ${images} images of ${set.length}`);
  return performance.now() - start;
}

/** Megabytes over an epoch of float32 images that are, together, ten times the heap. */
async function memoryOfLargeSet() {
  const { dataSet } = await import('../../../packages/ct-data/dist/index.js');
  const heap = getHeapStatistics().heap_size_limit;
  const bytes = 4 * 224 * 224 * 3;
  const length = Math.ceil((10 * heap) / bytes);
  const set = dataSet({
    labels: new Uint8Array(length),
    classes: ['any'],
    read: (i) => ({ values: new Uint8Array(224 * 224 * 3).fill(i % 256), shape: [224, 224, 3] }),
  });
  const resident = [];
  let batches = 0;
  for await (const batch of set.batches(32, { prefetch: 2 })) {
    dispose([batch.images, batch.labels]);
    // Of the epoch's quarters.
    if (++batches % Math.floor(Math.ceil(length / 32) / 4) === 0) {
      globalThis.gc?.();
      resident.push(Math.round(process.memoryUsage().rss / 2 ** 20));
    }
  }
  return {
    heapMB: Math.round(heap / 2 ** 20),
    setMB: Math.round((length * bytes) / 2 ** 20),
    residentMB: resident.slice(0, 4),
    // Not resourceUsage().maxRSS, in which a process begins with what its parent had.
    peakMB: Math.round(Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024),
  };
}
