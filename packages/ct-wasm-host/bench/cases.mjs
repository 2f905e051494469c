// A kernel in the backend's own memory: what a call costs beside its work.
import { wasmHost } from '@curvature-tuning/wasm-host';

export const backends = ['wasm'];

/** y = 2 x; see README. */
const TWICE =
  'AGFzbQEAAAABCwJgA39/fwBgAAF/Ag8BA2VudgZtZW1vcnkCAAEDAwIAAQQFAXABAQEGBwF/AUGACAsHEQIFdHdpY2UAAAVsYW5lcwABCjwCNQEB' +
  'fQJAIAJFDQADQCABIAAqAgAiAyADkjgCACAAQQRqIQAgAUEEaiEBIAJBf2oiAg0ACwsLBABBAQs=';

export function cases({ tf }) {
  const { native, run } = wasmHost({ simd: TWICE, scalar: TWICE }).accessTo(tf.backend());
  const x = tf.ones([1000]);
  tf.registerKernel({
    kernelName: 'Twice',
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const y = backend.makeOutput(inputs.x.shape, 'float32');
      run('Twice', [inputs.x], [y], ([from, to]) => native.twice(from, to, 1000));
      return y;
    },
  });
  return {
    '1,000 calls': () =>
      tf.tidy(() => {
        for (let i = 0; i < 1000; i++) tf.engine().runKernel('Twice', { x }).dispose();
      }),
  };
}
