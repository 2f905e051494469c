// 200 runs that are aborted at random moments and go on, and 40 processes that are killed (-9) and started again: what
// comes of them must be what an uninterrupted run gives, and nothing may be left behind. Of a download, also what a
// kill leaves must not pass for the file.
//
//   node experiments/interruptions.mjs [--seed 1]        three to five minutes on two cores; exits 1 when anything
//   differs
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { replaceFile } from '@curvature-tuning/files/node';
import { linearProbe, steer, tune } from '@curvature-tuning/layers';
import { compareMethods, tuneLora } from '@curvature-tuning/lora-baseline';
import { autoAttack } from '@curvature-tuning/robustbench';
import { fileState } from '@curvature-tuning/robustbench/node';
import { randomNumbers } from '@curvature-tuning/checks/testing';
import { circumstances, useBackend, writeResult } from './record.mjs';

/** @typedef {import('@curvature-tuning/layers').Batch} Batch */
/** @typedef {import('@curvature-tuning/lora-baseline').Cell} Cell */
/** @typedef {{ classifier: ReturnType<typeof network>, dispose: () => void }} Fitted */
/** @typedef {{ bytes?: Uint8Array, path?: string, store?: Map<string, Cell> }} Kept What the runs before one kept. */
/** @typedef {(kept: Kept, signal: AbortSignal | undefined, step: () => void) => Promise<unknown>} Run */
/** @typedef {typeof tune | typeof tuneLora} Fit */
/** @typedef {{ interruptions: number, runs: number }} Count */
/** @typedef {Count & { temporaryFilesLeft: number, requestsForTheRest?: number }} KillCount */
/**
 * A command, what of its result must be the same, and within how many seconds it is killed.
 *
 * @typedef {object} Plan
 * @property {number} kills
 * @property {number} within
 * @property {(out: string) => string[]} command
 * @property {(out: string) => string} result
 */

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, child: { type: 'string' }, file: { type: 'string' } },
});
const tf = await useBackend('cpu');
const random = randomNumbers(Number(values.seed));

/** @returns {import('@tensorflow/tfjs').LayersModel} */
function network() {
  const init = (/** @type {number} */ seed) => tf.initializers.glorotUniform({ seed });
  const input = tf.input({ shape: [8, 8, 1] });
  /** @type {any} */
  let x = tf.layers
    .conv2d({ filters: 4, kernelSize: 3, padding: 'same', kernelInitializer: init(1), name: 'conv1' })
    .apply(input);
  x = tf.layers.reLU({ name: 'relu1' }).apply(tf.layers.batchNormalization({ name: 'bn1' }).apply(x));
  x = tf.layers
    .conv2d({ filters: 6, kernelSize: 3, strides: 2, activation: 'relu', kernelInitializer: init(2), name: 'conv2' })
    .apply(x);
  x = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(x);
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ units: 3, kernelInitializer: init(3), name: 'fc' }).apply(x),
  });
}

/**
 * @param {number} count
 * @param {number} seed
 * @returns {Batch}
 */
function examples(count, seed) {
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const images = tf.tidy(() =>
    tf.add(
      tf.randomUniform([count, 8, 8, 1], 0, 0.2, 'float32', seed),
      tf.reshape(tf.tensor1d(labels.map((k) => 0.2 * k)), [-1, 1, 1, 1]),
    ),
  );
  return { images, labels: tf.tensor1d(labels, 'int32') };
}

const [model, train, validation] = [network(), examples(48, 7), examples(24, 8)];
/**
 * All weights of a classifier, which is freed.
 *
 * @param {Fitted} fitted
 */
function numbersOf({ classifier, dispose }) {
  const weights = classifier.getWeights().map((w) => Array.from(w.dataSync()));
  dispose();
  return weights;
}
const timeless = (/** @type {readonly Cell[]} */ cells) =>
  cells.map(({ method, seed, learningRate, result }) => ({ method, seed, learningRate, result }));
/** @type {import('@curvature-tuning/robustbench').AutoAttackOptions} */
const attackOptions = {
  norm: 'Linf',
  eps: 0.05,
  version: 'custom',
  attacks: ['apgd-ce', 'square'],
  settings: { 'apgd-ce': { restarts: 1, iterations: 20 }, square: { queries: 60 } },
  batchSize: 6,
};

/**
 * A run of training that goes on from its last checkpoint.
 *
 * @param {Fit} fit
 * @returns {Run}
 */
function resumed(fit) {
  return async (kept, signal, step) => {
    const options = {
      epochs: 4,
      batchSize: 8,
      seed: 3,
      signal,
      onProgress: step,
      onCheckpoint: (/** @type {Uint8Array} */ bytes) => void (kept.bytes = bytes.slice()),
      ...(kept.bytes && { resume: kept.bytes }),
    };
    return numbersOf(await fit(model, train, validation, options));
  };
}

/**
 * Each run gets what the runs before it kept, a signal, and a function to call at each step; it returns plain numbers.
 *
 * @type {Record<string, Run>}
 */
const runs = {
  tune: resumed(tune),
  tuneLora: resumed(tuneLora),
  steer: async (_, signal, step) =>
    numbersOf(await steer(model, train, validation, { betas: [0.7, 0.85, 1], epochs: 3, signal, onProgress: step })),
  linearProbe: async (_, signal) => numbersOf(await linearProbe(model, train, validation, { epochs: 20, signal })),
  compareMethods: async (kept, signal, step) => {
    kept.store ??= new Map();
    const { cells } = await compareMethods(model, async () => ({ train, validation, test: validation, id: 'x' }), {
      methods: ['probe', 'tct', 'lora'],
      protocol: 'paper',
      seeds: [1],
      budget: { epochs: 2, batchSize: 16 },
      store: kept.store,
      signal,
      onProgress: step,
    });
    return timeless(cells);
  },
  autoAttack: async (kept, signal, step) => {
    const state =
      kept.path === undefined
        ? {
            read: async () => kept.bytes,
            write: async (/** @type {Uint8Array} */ bytes) => void (kept.bytes = bytes.slice()),
          }
        : fileState(kept.path);
    const { adversarial, accuracyAfter, robust } = await autoAttack(model, validation.images, validation.labels, {
      ...attackOptions,
      state,
      signal,
      onProgress: step,
    });
    const pixels = Array.from(adversarial.dataSync());
    adversarial.dispose();
    return { pixels, accuracyAfter, robust };
  },
};

if (values.child !== undefined) {
  await child(values.child, values.file ?? '');
  process.exit(0);
}

const begin = performance.now();
/** @type {string[]} */
const failures = [];
const aborts = await abortRuns();
const kills = await killProcesses();
const seconds = Math.round((performance.now() - begin) / 1000);
const total = (/** @type {Record<string, Count>} */ counts) =>
  Object.values(counts).reduce((sum, { interruptions }) => sum + interruptions, 0);
await writeResult('interruptions', {
  ...circumstances('cpu'),
  seed: Number(values.seed),
  aborts: { total: total(aborts), ...aborts },
  kills: { total: total(kills), ...kills },
  failures,
  seconds,
});
console.log(JSON.stringify({ aborts, kills, failures, seconds }, null, 1));
process.exit(failures.length > 0 ? 1 : 0);

async function abortRuns() {
  /** @type {Record<string, Count>} */
  const result = {};
  for (const [name, run] of Object.entries(runs)) {
    const wanted = name === 'tune' || name === 'autoAttack' ? 34 : 33;
    let steps = 0;
    const whole = JSON.stringify(await run({}, undefined, () => void steps++));
    const start = performance.now();
    await run({}, undefined, () => undefined);
    const length = performance.now() - start;
    let [interruptions, resumed] = [0, 0];
    while (interruptions < wanted) {
      /** @type {Kept} */
      const kept = {};
      for (let isDone = false; !isDone;) {
        const { numTensors, numBytes } = tf.memory();
        const controller = new globalThis.AbortController();
        const reason = new Error('enough');
        // Half by the clock, half by progress; three in one run at most.
        const isLast = interruptions >= wanted || random() < 0.25;
        const at = steps > 0 && random() < 0.5 ? 1 + Math.floor(random() * steps) : undefined;
        const timer =
          isLast || at !== undefined ? undefined : setTimeout(() => controller.abort(reason), random() * length);
        let seen = 0;
        const outcome = await run(
          kept,
          controller.signal,
          () => !isLast && ++seen === at && controller.abort(reason),
        ).then(
          (value) => ({ value, error: undefined }),
          (error) => ({ value: undefined, error }),
        );
        clearTimeout(timer);
        if (outcome.error !== undefined && outcome.error !== reason) failures.push(`${name}: ${outcome.error.stack}`);
        if (tf.memory().numTensors !== numTensors || tf.memory().numBytes !== numBytes)
          failures.push(
            `${name}: ${tf.memory().numTensors - numTensors} tensors, ${tf.memory().numBytes - numBytes} bytes left`,
          );
        if (outcome.error === reason) interruptions++;
        isDone = outcome.value !== undefined || (outcome.error !== undefined && outcome.error !== reason);
        if (isDone && outcome.value !== undefined && JSON.stringify(outcome.value) !== whole)
          failures.push(`${name}: another result than that of an uninterrupted run`);
      }
      resumed++;
    }
    result[name] = { interruptions, runs: resumed };
  }
  return result;
}

/**
 * What a process does that is killed: a run whose state lies on disk. It writes its result there too.
 *
 * @param {string} name
 * @param {string} file
 */
async function child(name, file) {
  /** @type {Kept} */
  const kept =
    name === 'autoAttack'
      ? { path: file }
      : { bytes: existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined };
  if (name === 'tune') {
    const options = {
      epochs: 30,
      batchSize: 8,
      seed: 3,
      onCheckpoint: (/** @type {Uint8Array} */ bytes) => replaceFile(file, bytes),
      ...(kept.bytes && { resume: kept.bytes }),
    };
    return replaceFile(`${file}.json`, JSON.stringify(numbersOf(await tune(model, train, validation, options))));
  }
  return replaceFile(`${file}.json`, JSON.stringify(await runs[name](kept, undefined, () => undefined)));
}

async function killProcesses() {
  const folder = mkdtempSync(join(tmpdir(), 'interruptions-'));
  const self = fileURLToPath(import.meta.url);
  const ct = fileURLToPath(new URL('../packages/ct-cli/dist/bin.js', import.meta.url));
  /**
   * What is to be compared of a file of JSON.
   *
   * @param {string} file
   * @param {(json: any) => unknown} of
   * @returns {Plan['result']}
   */
  const numbers = (file, of) => (out) => JSON.stringify(of(JSON.parse(readFileSync(join(out, file), 'utf8'))));
  const server = await serveSlowly();
  /** @type {Record<string, KillCount>} */
  const result = {};
  /** @type {Record<string, Plan>} */
  const plans = {
    'ct compare': {
      kills: 9,
      within: 9,
      command: (out) => [ct, 'compare', '--methods', 'probe,lora', '--seeds', '1', '--epochs', '1', '--output', out],
      result: numbers('comparison.json', ({ cells }) => timeless(cells)),
    },
    'ct attack': {
      kills: 5,
      within: 4,
      command: (out) => [ct, 'attack', '--images', '10', '--output', out],
      result: numbers('attack.json', ({ networks }) =>
        networks.map((/** @type {Record<string, unknown>} */ { name, accuracyAfter, largestNorm }) => ({
          name,
          accuracyAfter,
          largestNorm,
        })),
      ),
    },
    tune: {
      kills: 7,
      within: 2.5,
      command: (out) => [self, '--child', 'tune', '--file', join(out, 'run')],
      result: numbers('run.json', (weights) => weights),
    },
    autoAttack: {
      kills: 7,
      within: 1.2,
      command: (out) => [self, '--child', 'autoAttack', '--file', join(out, 'run')],
      result: numbers('run.json', (attacked) => attacked),
    },
    download: {
      kills: 12,
      within: 1.5,
      command: (out) => server.download(join(out, 'f.bin')),
      result: (out) => md5Of(readFileSync(join(out, 'f.bin'))),
    },
  };
  try {
    for (const [name, { kills, within, command, result: resultOf }] of Object.entries(plans)) {
      const whole = join(folder, name.replace(' ', '-'));
      await start(command(whole));
      const isDownload = name === 'download';
      const expected = isDownload ? server.md5 : resultOf(whole);
      let [interruptions, runsDone] = [0, 0];
      while (interruptions < kills) {
        const out = `${whole}-${runsDone++}`;
        let wasThere;
        for (;;) {
          wasThere = isDownload && existsSync(join(out, 'f.bin'));
          if (wasThere && resultOf(out) !== expected)
            failures.push(`${name}: a file that is not whole has the name of one that is`);
          // A process that downloads loads no backend, and is there sooner.
          const wasKilled = await start(
            command(out),
            interruptions < kills && random() > 0.2 ? ((isDownload ? 0.1 : 0.5) + random() * within) * 1000 : undefined,
          );
          if (!wasKilled) break;
          interruptions++;
        }
        if (resultOf(out) !== expected) failures.push(`${name}: another result than that of an uninterrupted run`);
        const left = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) =>
          isDownload ? path !== 'f.bin' : /\.tmp$/.test(path),
        );
        // Where the file was there already, nothing is opened, and what the kill left is the next download's to remove.
        if (isDownload && left.length > 0 && !wasThere) failures.push(`${name}: ${left.join(', ')} left`);
        result[name] = {
          interruptions,
          runs: runsDone,
          temporaryFilesLeft: (result[name]?.temporaryFilesLeft ?? 0) + left.length,
          ...(isDownload && { requestsForTheRest: server.rests() }),
        };
      }
    }
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** @param {Uint8Array} bytes */
function md5Of(bytes) {
  return createHash('md5').update(bytes).digest('hex');
}

/**
 * Serves 300 kB in 1.5 seconds, or the rest of it from where Range asks; makes the arguments of processes that download
 * it.
 */
async function serveSlowly() {
  const file = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  const md5 = md5Of(file);
  let rests = 0;
  const server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    rests += from > 0 ? 1 : 0;
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': file.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
    });
    const send = (/** @type {number} */ at) => {
      if (at >= file.length || response.destroyed) return void response.end();
      response.write(file.subarray(at, at + 4000));
      setTimeout(send, 20, at + 4000);
    };
    send(from);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const module = new URL('../packages/ct-files/dist/node.js', import.meta.url).href;
  const options = { name: 'f.bin', bytes: file.length, md5, urls: [`http://127.0.0.1:${portOf(server)}/f.bin`] };
  return {
    md5,
    rests: () => rests,
    download: (/** @type {string} */ path) => [
      '--input-type=module',
      '-e',
      `import { download } from ${JSON.stringify(module)}; await download(${JSON.stringify(path)}, ` +
        `${JSON.stringify(options)});`,
    ],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Runs a process to its end, or kills it; whether it was killed.
 *
 * @param {string[]} args
 * @param {number} [killAfter] Milliseconds.
 * @returns {Promise<boolean>}
 */
function start(args, killAfter) {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    running.stderr.on('data', (chunk) => (said += chunk));
    const timer = killAfter === undefined ? undefined : setTimeout(() => running.kill('SIGKILL'), killAfter);
    running.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve(true);
      else if (code === 0) resolve(false);
      else reject(new Error(`${args.join(' ')} ended with ${code ?? signal}: ${said.slice(-2000)}`));
    });
  });
}

/** @param {import('node:http').Server} server One that listens. */
function portOf(server) {
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
