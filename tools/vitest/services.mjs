// Which services the tests of ct-sweep can start.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that must be there for each. */
const PROGRAMS = { redis: ['redis-server'], slurm: ['munged', 'slurmctld', 'slurmd', 'sbatch'] };

/**
 * Whether a service can be started here.
 *
 * @param {'redis' | 'slurm'} name
 */
export function hasService(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return PROGRAMS[name].every((program) => folders.some((folder) => isExecutable(join(folder, program))));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
