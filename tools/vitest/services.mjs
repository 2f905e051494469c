// Prints which services the tests of ct-sweep can start: nx runs them again when that changes.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(
    Object.keys(PROGRAMS)
      .filter((name) => hasService(/** @type {'redis' | 'slurm'} */ (name)))
      .join(' ') || 'none',
  );
