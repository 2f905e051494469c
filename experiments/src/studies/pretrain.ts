/**
 * The reference's recipe for networks from scratch, whose checkpoints were never published: SGD 0.1, milestones,
 * resumed from the last epoch. The twin trains the small residual networks on Fashion-MNIST's sample.
 *
 *     npm run evidence -- --only pretrain
 *
 * Expected time: 2 minutes on two quiet cores. Expected numbers: 92.4 % of Fashion-MNIST after 10 epochs on all 60,000
 * images (ResNet-14 in PyTorch); the sample has 2,000.
 */
import { pretrainReport } from '../report/pretrainReport.js';
import type { Study } from './study.js';

/** Three sizes of network from scratch. */
export const pretrain: Study = {
  name: 'pretrain',
  title: 'From scratch',
  cells: ({ seeds, epochs }) => [
    {
      kind: 'pretrain',
      base: { data: 'fashion-mnist-sample', epochs: epochs + 2, batchSize: 64 },
      over: { architecture: ['resnet8', 'resnet14', 'resnet20'], seed: seeds },
    },
  ],
  report: pretrainReport,
};
