// Every network that weights are known of, as large as it is.
import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { pretrainedWeights } from '../src/index.js';

it.each(Object.entries(pretrainedWeights))(
  '%s: the name, the input and the statistics are those of the model that is built',
  (name, { build, inputShape, classes, mean, std }) => {
    expect(name.split('.')).toHaveLength(2);
    expect([mean.length, std.length]).toEqual([inputShape[2], inputShape[2]]);
    const model = build({ inputShape, classes, initialWeights: 'zeros' });
    expect(model.name).toBe(name.split('.')[0]);
    model.dispose();
  },
);
