import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { withModel } from '../../test/family.js';
import { robustBench } from './robustBench.js';

const { weights } = robustBench;

beforeAll(() => setBackend('cpu'));

describe('the table of RobustBench', () => {
  it('says what the leaderboard says', () => {
    expect(weights['wrn_28_10.rb_cifar10_Linf_Standard']).toMatchObject({
      accuracy: 0.9478,
      robustness: { threat: 'Linf', eps: '8/255', accuracy: 0 },
      licence: 'MIT',
    });
    expect(weights['dm_wrn_28_10.rb_cifar10_Linf_Rebuffi2021Fixing_28_10_cutmix_ddpm']).toMatchObject({
      accuracy: 0.8733,
      // The lowest known, by an attack from outside; AutoAttack found 60.75 %.
      robustness: { accuracy: 0.6073 },
      licence: 'Apache-2.0',
    });
    expect(weights['wrn_40_2.rb_cifar100_corruptions_Hendrycks2020AugMix_WRN']).toMatchObject({
      classes: 100,
      mean: [0.5, 0.5, 0.5],
      robustness: { threat: 'corruptions', eps: null },
    });
  });

  it('has no file that a program can fetch, and says where a person finds each', () => {
    for (const facts of Object.values(weights)) {
      expect(facts).toMatchObject({ urls: [], format: 'torch', sha256: null });
      expect(facts.byHand).toMatch(/in a browser, from https:\/\/drive\.google\.com\/file\/d\/[\w-]{33}\/view$/);
      expect(facts.robustness!.accuracy).toBeLessThan(facts.accuracy);
    }
  });

  it('builds the network that each name begins with, with its options', async () => {
    const seen = new Set<string>();
    for (const [name, { build, classes }] of Object.entries(weights)) {
      const network = name.slice(0, name.indexOf('.'));
      // The large ones take gigabytes, and differ in size alone.
      if (seen.has(`${network} ${classes}`) || /_(34|70|94|106|82|28)_/.test(network)) continue;
      seen.add(`${network} ${classes}`);
      await withModel(
        () => build({ classes, inputShape: [32, 32, 3], initialWeights: 'zeros' }),
        (model) => expect([model.name, model.outputShape]).toEqual([network, [null, classes]]),
      );
    }
    expect(seen.size).toBeGreaterThan(6);
  });

  it('standardises pixels inside as the data set of the weights has it', () =>
    withModel(
      () => weights['dm_preact18.rb_cifar100_Linf_Rade2021Helper_R18_ddpm']!.build({ initialWeights: 'zeros' }),
      (model) => expect(model.getLayer('standardize').getConfig()).toMatchObject({ mean: [0.5071, 0.4865, 0.4409] }),
    ));
});
