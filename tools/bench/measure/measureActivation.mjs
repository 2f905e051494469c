// What the activation benchmark measures, in Node and in a page alike: fused kernels, the literal formula composed of
// stock ops, and ReLU.
/** @typedef {any} Tfjs The module, which is loaded at run time. */
/** @typedef {any} Tensor One of its. */
/** @typedef {(x: Tensor, beta: Tensor | number, c: Tensor | number) => Tensor} Activation */
/** @typedef {[median: number, low: number, high: number]} Spread */

/**
 * What is measured at one shape.
 *
 * @typedef {object} Measured
 * @property {number[]} shape
 * @property {Record<string, Spread>} milliseconds By run: with quartiles.
 * @property {Record<string, Record<string, Spread>>} ratios By pass, and of what: of the quotients within a round.
 * @property {Record<string, number>} peakBytes By run: the most that tf.memory held, beyond what was there before.
 */

/**
 * The formula as the paper writes it, in stock ops. Frozen: it is what the ratios are ratios to.
 *
 * @param {Tfjs} tf
 * @param {Parameters<Activation>} args
 */
function literal(tf, ...[x, beta, c]) {
  const s = tf.add(tf.sub(1, beta), 1e-6);
  const silu = tf.mul(tf.mul(c, tf.sigmoid(tf.div(tf.mul(beta, x), s))), x);
  return tf.add(silu, tf.mul(tf.sub(1, c), tf.mul(tf.softplus(tf.div(x, s)), s)));
}

/** What takes longer than this, in ms, is timed once: SwiftShader needs seconds for some of tfjs's WebGPU programs. */
const SLOW = 5000;

/**
 * Interleaved runs on the current backend.
 *
 * @param {Tfjs} tf
 * @param {Activation} ctu
 * @param {{ shapes: number[][], rounds: number }} settings
 */
export async function measureActivation(tf, ctu, { shapes, rounds }) {
  /** @type {Measured[]} */
  const results = [];
  for (const shape of shapes) results.push(await measureShape(tf, ctu, shape, rounds));
  return results;
}

/**
 * @param {Tfjs} tf
 * @param {Activation} ctu
 * @param {number[]} shape
 * @param {number} rounds
 * @returns {Promise<Measured>}
 */
async function measureShape(tf, ctu, shape, rounds) {
  const [x, dy] = [1, 2].map((seed) => tf.randomNormal(shape, 0, 1, 'float32', seed));
  const [beta, coeff] = [3, 4].map((seed) => tf.randomUniform(shape.slice(-1), 0.1, 0.9, 'float32', seed));
  /** @type {Record<string, Activation>} */
  const forms = { fused: ctu, composed: (...args) => literal(tf, ...args) };
  const inX = (/** @type {(x: Tensor) => Tensor} */ f) => tf.grad(f)(x, dy);
  /** @type {Record<string, () => Tensor[]>} */
  const runs = {
    'relu forward': () => [tf.relu(x)],
    'relu forward+backward': () => [inX((x) => tf.relu(x))],
  };
  for (const [name, f] of Object.entries(forms)) {
    runs[`${name} forward`] = () => [f(x, beta, coeff)];
    runs[`${name} forward+backward`] = () =>
      tf.grads((/** @type {Parameters<Activation>} */ ...args) => f(...args))([x, beta, coeff], dy);
    runs[`${name} forward+backward in x`] = () => [inX((x) => f(x, beta, coeff))];
    runs[`${name} forward, beta a number`] = () => [f(x, 0.7, 0.5)];
    runs[`${name} forward+backward in x, beta a number`] = () => [inX((x) => f(x, 0.7, 0.5))];
  }

  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  /** @type {Measured['peakBytes']} */
  const peaks = {};
  for (const [name, run] of Object.entries(runs)) peaks[name] = await peakBytes(tf, () => tf.tidy(() => void run()));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      if (samples[name].some((t) => t > SLOW)) continue;
      // Twice, the second one counts: what caches and allocator hold is then its own, not its neighbour's.
      const first = await time(tf, run);
      samples[name].push(first > SLOW ? first : await time(tf, run));
    }
  }
  tf.dispose([x, dy, beta, coeff]);

  const ratio = (/** @type {string} */ a, /** @type {string} */ b) => {
    const pairs = Math.min(samples[a].length, samples[b].length);
    return spread(Array.from({ length: pairs }, (_, i) => samples[a][i] / samples[b][i]));
  };
  /** @type {Measured['ratios']} */
  const ratios = {};
  for (const what of [
    'forward',
    'forward+backward',
    'forward+backward in x',
    'forward, beta a number',
    'forward+backward in x, beta a number',
  ]) {
    ratios[what] = {
      'composed/fused': ratio(`composed ${what}`, `fused ${what}`),
      'fused/relu': ratio(`fused ${what}`, `relu ${what.split(' in x')[0].split(',')[0]}`),
    };
  }
  return {
    shape,
    milliseconds: Object.fromEntries(Object.entries(samples).map(([name, times]) => [name, spread(times)])),
    ratios,
    peakBytes: peaks,
  };
}

/**
 * Milliseconds until one number of each result has been read back.
 *
 * @param {Tfjs} tf
 * @param {() => Tensor[]} run
 */
async function time(tf, run) {
  const start = performance.now();
  const [outputs, ends] = tf.tidy(() => {
    const outputs = run();
    return [
      outputs,
      outputs.map((t) =>
        tf.slice(
          t,
          t.shape.map(() => 0),
          t.shape.map(() => 1),
        ),
      ),
    ];
  });
  for (const end of ends) await end.data();
  const elapsed = performance.now() - start;
  tf.dispose([outputs, ends]);
  return elapsed;
}

/**
 * Median, lower and upper quartile.
 *
 * @param {readonly number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (/** @type {number} */ q) => Number(sorted[Math.round(q * (sorted.length - 1))].toPrecision(3));
  return [at(0.5), at(0.25), at(0.75)];
}

/**
 * How many bytes of tensors a run holds at its height, above those before it; one run at a time.
 *
 * `tf.profile` says it too, but times every kernel on the way: for that webgl wants a timer extension, which the
 * drivers of many cards lack.
 *
 * @param {Tfjs} tf
 * @param {() => unknown} run
 */
export async function peakBytes(tf, run) {
  const { state } = tf.engine();
  const before = state.numBytes;
  let [now, peak] = [before, before];
  // tfjs adds to and subtracts from this field for each tensor.
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (/** @type {number} */ bytes) => {
      now = bytes;
      peak = Math.max(peak, bytes);
    },
  });
  try {
    await run();
    return peak - before;
  } finally {
    Object.defineProperty(state, 'numBytes', { configurable: true, enumerable: true, writable: true, value: now });
  }
}
