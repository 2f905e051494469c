import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { predict, tunedOn } from '../../test/tunedAdapters.js';
import { applyAdapter, fromTorchStateDict, replaceActivations, toTorchStateDict } from '../index.js';

describe.each(['cpu', 'wasm'])('state dicts on %s', (backend) => {
  const tuned = tunedOn(backend);

  it("speaks the names and shapes of the authors' state dict, both ways", async () => {
    const { base, x, adapters, logitsOf } = tuned;
    const adapter = adapters['three']!;
    const dict = toTorchStateDict(adapter, { module: (layer) => layer.replace('_ctu', '_relu') });
    expect([...dict].map(([name, { shape }]) => [name, shape])).toEqual([
      ['relu._raw_beta', [1, 3, 1, 1]],
      ['relu._raw_coeff', [1, 3, 1, 1]],
      ['hidden_relu._raw_beta', [1, 4]],
      ['hidden_relu._raw_coeff', [1, 4]],
      ['bn.running_mean', [3]],
      ['bn.running_var', [3]],
      ['fc.weight', [3, 4]],
      ['fc.bias', [3]],
    ]);
    const { model } = replaceActivations(base, { sharing: 'channel' });
    const read = await fromTorchStateDict(
      model,
      new Map([...dict, ['conv.weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]),
      { module: (layer) => layer.replace('_ctu', '_relu') },
    );
    expect(read.tensors).toEqual(adapter.tensors);
    await applyAdapter(model, read);
    expect(predict(model, x)).toEqual(logitsOf['three']);
    await expect(fromTorchStateDict(model, dict)).rejects.toThrow('no hidden_ctu._raw_beta');
  });
});
