import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { slurmScript } from './slurmScript.js';

const options = { name: 'squares', command: ['echo', "it's", 'a b', '$HOME'], workers: 3, logs: '/shared/logs' };

it('asks for an array of workers that are requeued', () => {
  const script = slurmScript({ ...options, time: '01:00:00', memoryMB: 500, more: ['--partition=long'] });
  expect(script.split('\n').slice(0, -2)).toEqual([
    '#!/bin/bash',
    '#SBATCH --job-name=ct-sweep-squares',
    '#SBATCH --array=0-2',
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    '#SBATCH --output=/shared/logs/worker-%a.txt',
    '#SBATCH --cpus-per-task=1',
    '#SBATCH --mem=500M',
    '#SBATCH --time=01:00:00',
    '#SBATCH --signal=B:TERM@30',
    '#SBATCH --partition=long',
  ]);
});

it('passes every word as it is', () => {
  const { stdout } = spawnSync('bash', { input: slurmScript(options), encoding: 'utf8' });
  expect(stdout).toBe("it's a b $HOME\n");
});

it('takes no second line into an option', () => {
  expect(() => slurmScript({ ...options, more: ['--x\nrm'] })).toThrow(
    'slurmScript: more[0] must be an option of sbatch',
  );
});
