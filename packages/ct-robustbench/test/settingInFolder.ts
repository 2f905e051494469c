/** A linear setting and a folder, for the suites whose functions need a disk. */
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { LinearSetting } from './linearModel.js';
import { linearSetting } from './linearModel.js';

/** Registers hooks for the suite around it: a setting on the cpu backend, and an empty folder; both go afterwards. */
export function settingInFolder(count: number): { setting: LinearSetting; folder: string } {
  const made = {} as { setting: LinearSetting; folder: string };
  beforeAll(async () => {
    await tf.setBackend('cpu');
    made.setting = linearSetting(count);
    made.folder = mkdtempSync(join(tmpdir(), 'robustbench-'));
  });
  afterAll(() => {
    made.setting.dispose();
    rmSync(made.folder, { recursive: true });
  });
  return made;
}
