/**
 * Table A2 of the paper: probe, S-CT, T-CT, LoRA and controls of T-CT's size, under three protocols.
 *
 *     npm run evidence -- --only transfer
 *
 * Expected time: 10 minutes on two quiet cores. Expected numbers: at the paper's procedure and 20 epochs the PyTorch
 * runs on the bundled network to digits (640 images) give probe 93.4, S-CT 93.9, LoRA 95.4, T-CT 98.4 %; with 320
 * images and 4 epochs all that trains is lower. On the paper's own sets: averages 73.96 / 75.34 / 73.64 / 78.26 % of
 * ResNet-18.
 */
import type { Report, Results, Study } from './study.js';
import { onTransfers } from './study.js';
import { transferReport } from '../report/transferReport.js';

const METHODS = ['probe', 'bn', 'sct', 'tct', 'lora', 'norm', 'slope'];
/** A probe has no rate to choose, and S-CT none. */
const TUNED = ['tct', 'lora', 'norm', 'slope'];

/** Seven methods on five transfers, under three protocols. */
export const transfer: Study = {
  name: 'transfer',
  title: 'Transfer: the methods under three protocols',
  cells: ({ seeds, epochs }) => [
    ...onTransfers('transfer', { method: METHODS, protocol: ['paper', 'strict'], seed: seeds }, { epochs }),
    ...onTransfers('transfer', { method: TUNED, protocol: ['tuned'], seed: seeds }, { epochs }),
  ],
  report: (results: Results): Report => transferReport(results),
};
