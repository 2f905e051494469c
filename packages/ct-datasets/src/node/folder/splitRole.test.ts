import { describe, expect, it } from 'vitest';
import { hintedRoles, splitRole } from './splitRole.js';

describe('splitRole', () => {
  it.each([
    [
      'train',
      [
        'train',
        'Train',
        'TRAIN',
        'training',
        'trn',
        'trainset',
        'Training Set',
        'train_images',
        'trainingSet',
        'train-data',
        'ｔｒａｉｎ',
      ],
    ],
    [
      'validation',
      ['validation', 'val', 'Valid', 'dev', 'DEVEL', 'eval', 'evaluation', 'validation_set', 'val.images', 'devSet'],
    ],
    ['test', ['test', 'testing', 'TST', 'tests', 'test set', 'TestImages', 'test_split']],
  ] as const)('is %s for the words in use', (role, names) => {
    for (const name of names) expect([name, splitRole(name)]).toEqual([name, role]);
  });

  it('is nothing for other names, and for two roles at once', () => {
    for (const name of [
      'cat',
      'invalid',
      'trainer',
      'contest',
      'bullet train',
      'test2017',
      'train test',
      'set',
      '',
      'all',
    ]) {
      expect([name, splitRole(name)]).toEqual([name, undefined]);
    }
  });
});

describe('hintedRoles', () => {
  it('finds roles within names', () => {
    expect(hintedRoles('seg_train')).toEqual(['train']);
    expect(hintedRoles('test2017')).toEqual(['test']);
    expect(hintedRoles('imagenette-val')).toEqual(['validation']);
    expect(hintedRoles('contest')).toEqual([]);
  });
});
