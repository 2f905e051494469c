// Reading files of PyTorch.
import { parseTorchFile } from '@curvature-tuning/torch-file';
import { readFileSync } from 'node:fs';

export const backends = ['node'];

export function cases() {
  const read = (name) => new Uint8Array(readFileSync(new URL(`../test/golden/${name}.pth`, import.meta.url)));
  const [checkpoint, deflated, legacy] = [read('checkpoint'), read('deflated'), read('legacy')];
  return {
    'parseTorchFile, a checkpoint': () => parseTorchFile(checkpoint),
    'parseTorchFile, deflated': () => parseTorchFile(deflated),
    'parseTorchFile, legacy': () => parseTorchFile(legacy),
  };
}
