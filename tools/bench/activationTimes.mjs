// What the benchmarks of the GPU kernels measure, wherever they run: median times at [8, 56, 56, 64], and ratios.

const SHAPE = [8, 56, 56, 64];
const SLOW = 5000;

/**
 * Interleaved timings on the current backend; see activationBrowser.mjs.
 *
 * `milliseconds`: median and quartiles; `ratios`: quotients of medians. What takes seconds is timed once: SwiftShader
 * runs tfjs's WebGPU program for `x · [channels]`, which has workgroup barriers, 20 times slower than one for `x · x`.
 */
export async function measureActivation(tf, ctu, rounds) {
  const composed = (x, beta, c) => {
    const s = tf.add(tf.sub(1, beta), 1e-6);
    const silu = tf.mul(tf.mul(c, tf.sigmoid(tf.div(tf.mul(beta, x), s))), x);
    return tf.add(silu, tf.mul(tf.sub(1, c), tf.mul(tf.softplus(tf.div(x, s)), s)));
  };
  const [x, dy] = [tf.randomNormal(SHAPE), tf.randomNormal(SHAPE)];
  const channels = [SHAPE.at(-1)];
  const perChannel = [tf.randomUniform(channels, 0.1, 0.9), tf.randomUniform(channels, 0.1, 0.9)];
  const all = (f, [beta, c]) => tf.grads((x, beta, c) => f(x, beta, c))([x, beta, c], dy);

  const runs = {
    'relu forward': () => [tf.relu(x)],
    'relu forward+backward': () => [tf.grad((x) => tf.relu(x))(x, dy)],
    'fused forward': () => [ctu(x, ...perChannel)],
    'composed forward': () => [composed(x, ...perChannel)],
    'fused forward+backward': () => all(ctu, perChannel),
    'composed forward+backward': () => all(composed, perChannel),
    'fused forward, beta a number': () => [ctu(x, 0.7)],
    'composed forward, beta a number': () => [composed(x, 0.7, 0.5)],
    'fused forward+backward, beta a number': () => [tf.grad((x) => ctu(x, 0.7))(x, dy)],
    'composed forward+backward, beta a number': () => [tf.grad((x) => composed(x, 0.7, 0.5))(x, dy)],
  };
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      if (samples[name].some((t) => t > SLOW)) continue;
      const start = performance.now();
      // One element of each result: reading all of it would measure the transfer.
      const [results, ends] = tf.tidy(() => {
        const results = run();
        return [results, results.map((t) => tf.slice(t, t.shape.map(() => 0), t.shape.map(() => 1)))];
      });
      for (const end of ends) await end.data();
      const elapsed = performance.now() - start;
      if (round >= 0 || elapsed > SLOW) samples[name].push(elapsed);
      [...results, ...ends].forEach((t) => t.dispose());
    }
  }
  const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.round(q * (values.length - 1))];
  const round2 = (v) => Math.round(100 * v) / 100;
  const ratio = (a, b) => round2(quantile(samples[a], 0.5) / quantile(samples[b], 0.5));
  return {
    backend: tf.getBackend(),
    shape: SHAPE,
    rounds,
    milliseconds: Object.fromEntries(Object.entries(samples).map(([name, t]) => [name, [0.5, 0.25, 0.75].map((q) => round2(quantile(t, q)))])),
    ratios: Object.fromEntries(
      ['forward', 'forward+backward', 'forward, beta a number', 'forward+backward, beta a number'].map((what) => [
        what,
        { 'composed/fused': ratio(`composed ${what}`, `fused ${what}`), 'fused/relu': ratio(`fused ${what}`, `relu ${what.replace(', beta a number', '')}`) },
      ]),
    ),
  };
}
