// The op loads in Python as it is: one library for tfjs-node and for tf.load_op_library.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { setUpState } from './setUpState.js';

/** A Python that imports TensorFlow of the version that the op is built for: CT_TF_PYTHON, or python3. */
const python = [process.env['CT_TF_PYTHON'], 'python3', '/usr/bin/python3'].find((command) => {
  if (!command || setUpState === undefined) return false;
  try {
    const version = execFileSync(command, ['-c', 'import tensorflow; print(tensorflow.__version__)'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return version.trim() === setUpState.tensorflow;
  } catch {
    return false;
  }
});

it.skipIf(python === undefined)(
  'tf.load_op_library agrees with 50-digit arithmetic to 1e-6, in graphs too (needs TensorFlow for Python)',
  () => {
    const script = `
import json, sys
import numpy as np
import tensorflow as tf

library = tf.load_op_library(sys.argv[1])

@tf.RegisterGradient("Ctu")
def gradient(op, dy):
    return library.ctu_grad(dy, *op.inputs)

golden = json.load(sys.stdin)
worst = 0.0
x = tf.constant(golden["x"], tf.float32)
for run in [lambda f: f, tf.function]:
    @run
    def all_of(x, beta, c):
        with tf.GradientTape() as tape:
            tape.watch([x, beta, c])
            y = library.ctu(x, beta, c)
        return [y, *tape.gradient(y, [x, beta, c])]
    for row in golden["cases"]:
        beta, c = tf.fill(x.shape, float(row["beta"])), tf.fill(x.shape, float(row["c"]))
        for got, exact in zip(all_of(x, beta, c), [row[k] for k in ("y", "dx", "dbeta", "dc")]):
            exact = np.array(exact)
            worst = max(worst, float(np.max(np.abs(got.numpy() - exact) / np.maximum(1, np.abs(exact)))))
errors = []
for dtype, shape in [(tf.float32, [3]), (tf.float16, []), (tf.bfloat16, [])]:
    try:
        library.ctu(tf.zeros([2, 4], dtype), tf.zeros(shape, dtype), tf.zeros([], dtype))
    except Exception as error:
        errors.append(str(error))
print(json.dumps({"worst": worst, "errors": errors}))
`;
    const golden = readFileSync(new URL('./golden/ctu_grid.json', import.meta.url), 'utf8');
    const output = execFileSync(python!, ['-c', script, setUpState!.library], {
      encoding: 'utf8',
      input: golden,
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { worst, errors } = JSON.parse(output.trim().split('\n').at(-1)!) as { worst: number; errors: string[] };
    expect(worst).toBeLessThan(1e-6);
    expect(errors[0]).toContain('got beta [3] and x [2,4]');
    expect(errors[1]).toMatch(/half|float16/);
    expect(errors[2]).toContain('bfloat16');
  },
);
