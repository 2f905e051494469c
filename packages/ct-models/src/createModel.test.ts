import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { createModel, listModels } from './createModel.js';

describe('createModel', () => {
  it('builds a network of another size by the name it has in the list', () => {
    const model = createModel('resnet8', { classes: 3, inputShape: [16, 16, 1], initialWeights: 'zeros' });
    expect(model.name).toBe('resnet8');
    expect([model.inputs[0]?.shape, model.outputShape]).toEqual([
      [null, 16, 16, 1],
      [null, 3],
    ]);
    model.dispose();
  });

  it('lists the known names when it does not know one', () => {
    const message = (name: string) => `createModel: expected one of ${listModels().join(', ')}; got "${name}"`;
    for (const name of ['resnet19', 'toString', ''])
      expect(() => createModel(name)).toThrow(new RangeError(message(name)));
  });

  it('leaves options to the family, which refuses in the name of the network', () => {
    expect(() => createModel('resnet18', { stemStride: 3 } as object)).toThrow('resnet18: stemStride must be');
    expect(() => createModel('resnet18', { width: 3 } as object)).toThrow('resnet18: ');
  });
});

describe('listModels', () => {
  it('names every network once', () => {
    const names = listModels();
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['resnet18', 'resnet152']));
  });
});
