import { describe, expect, it } from 'vitest';
import { loadDataset } from './loadDataset.js';

describe('loadDataset', () => {
  it('gives one split of a bundled set as a data set, brought to a form', async () => {
    const set = await loadDataset('digits', { split: 'validation', size: [14, 14], channels: 3 });
    expect([set.length, set.classes.length]).toEqual([160, 10]);
    expect((await set.example(0)).pixels.shape).toEqual([14, 14, 3]);
    const whole = await loadDataset('digits');
    expect([...set.labels]).toEqual([...whole.validation.labels]);
  });

  it('tells of sets that are read image by image, and of unknown names', async () => {
    await expect(loadDataset('beans' as 'mnist')).rejects.toThrow(/beans is read image by image; name a split/);
    await expect(loadDataset('bean' as 'mnist')).rejects.toThrow(/expected one of digits, .*, pathmnist, got "bean"/);
    await expect(loadDataset('bean' as 'beans', { split: 'test' })).rejects.toThrow(/^loadDataset: expected one of/);
  });
});
