// The thread as it is built.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { JpegAnswer, JpegTask } from './jpegThread.js';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

it('says that it is ready, and answers in order, without pixels where it has none', async () => {
  const worker = new Worker(fileOf('dist/node/threads/jpegThread.js'));
  const answers: JpegAnswer[] = [];
  expect(await once(worker, 'message')).toEqual(['ready']);
  worker.on('message', (answer: JpegAnswer) => answers.push(answer));
  const paths = ['progressive.jpg', 'none.jpg', 'palette.png', 'progressive.jpg'];
  for (const [id, path] of paths.entries()) {
    const task: JpegTask = { id, path: fileOf(`test/golden/photos/${path}`), form: { size: [4, 5] } };
    worker.postMessage(task);
  }
  while (answers.length < 4) await once(worker, 'message');
  await worker.terminate();
  expect(answers.map(({ id, pixels }) => [id, pixels?.shape])).toEqual([
    [0, [4, 5, 3]],
    [1, undefined],
    [2, undefined],
    [3, [4, 5, 3]],
  ]);
  expect(answers[0]!.pixels).toEqual(answers[3]!.pixels);
});
