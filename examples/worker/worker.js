// The worker: tunes a network, or takes the adapter of an earlier visit, and says what it reads.
import '@curvature-tuning/wasm-gradients';
import { loadDataset, subset, toBatch } from '@curvature-tuning/datasets';
import {
  applyAdapter,
  getAdapter,
  loadAdapter,
  predictedClasses,
  replaceActivations,
  saveAdapter,
  tune,
} from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';
import { useWasm } from './wasm.js';

self.addEventListener('message', async ({ data: { adapter } }) => {
  await useWasm();
  const base = await loadPretrained('resnet14.mnist');
  const digits = await loadDataset('digits');
  const first = (set, count) =>
    toBatch(
      subset(
        set,
        Array.from({ length: count }, (_, i) => i),
      ),
      digits,
    );
  const test = first(digits.test, 50);
  if (adapter === undefined) {
    const { classifier } = await tune(base, first(digits.train, 64), first(digits.validation, 32), {
      epochs: 1,
      onProgress: ({ done, total }) => self.postMessage({ progress: { done, total } }),
    });
    const bytes = saveAdapter(await getAdapter(classifier));
    self.postMessage({
      adapter: bytes,
      said: `tuned: ${[...(await predictedClasses(classifier, test)).predicted].join('')}`,
    });
  } else {
    const { model } = replaceActivations(base, { sharing: 'channel' });
    await applyAdapter(model, loadAdapter(adapter), { name: 'digits' });
    self.postMessage({ said: `kept: ${[...(await predictedClasses(model, test)).predicted].join('')}` });
  }
});
