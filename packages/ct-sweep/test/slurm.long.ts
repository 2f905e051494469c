// A sweep as an array of workers on a SLURM of one node, one of which is cancelled and one requeued in the middle.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { hasService } from '../../../tools/vitest/services.mjs';
import { loadKinds, runSweep, slurmScript, writePlan } from '../src/index.js';
import type { Sweep } from '../src/index.js';

const CELLS = 18;
const module = new URL('cells.mjs', import.meta.url).href;
const script = fileURLToPath(new URL('slurmCluster.sh', import.meta.url));
const isRoot = process.getuid?.() === 0;

if (!hasService('slurm') || !isRoot)
  it.skip('an array of workers on SLURM (needs slurm-wlm and munge, and to be root)');
else
  it('an array of workers on SLURM gives what one run gives', async () => {
    const root = mkdtempSync(join(tmpdir(), 'ct-slurm-'));
    const cluster = join(root, 'cluster');
    const env = { ...process.env, SLURM_CONF: join(cluster, 'slurm.conf'), ...(await freePorts()) };
    const run = (command: string, args: string[], input?: string): string => {
      const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', input });
      if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
      return stdout.trim();
    };
    const sweep: Sweep = {
      name: 'slurm',
      cells: [{ kind: 'noise', base: { ms: 700 }, over: { seed: Array.from({ length: CELLS }, (_, i) => i) } }],
    };
    const results = (folder: string): string[] =>
      existsSync(join(root, folder, 'results'))
        ? readdirSync(join(root, folder, 'results'), { recursive: true, encoding: 'utf8' })
            .filter((name) => /[0-9a-f]{64}\.json$/.test(name))
            .sort()
            .map((name) => readFileSync(join(root, folder, 'results', name), 'utf8'))
        : [];
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 200));
    };
    run('bash', [script, 'start', cluster]);
    try {
      mkdirSync(join(root, 'logs'));
      await runSweep(sweep, { module, folder: join(root, 'whole'), inProcess: true });
      await writePlan(join(root, 'array'), sweep, await loadKinds(module));
      const worker = `import { loadKinds, readPlan, runSweep } from ${JSON.stringify(
        new URL('../dist/index.js', import.meta.url).href,
      )};
        const [module, folder] = process.argv.slice(1);
        const ending = new AbortController();
        process.on('SIGTERM', () => ending.abort(new Error('ended')));
        const onCell = ({ hash, end }) => console.log(process.env.SLURM_ARRAY_TASK_ID, hash.slice(0, 8), end);
        const options = { module, folder, concurrency: 1, lease: 2000, onCell, signal: ending.signal };
        await runSweep(await readPlan(folder, await loadKinds(module)), options);`;
      const command = [process.execPath, '--input-type=module', '-e', worker, module, join(root, 'array')];
      const batch = slurmScript({
        ...{ name: 'slurm', command, workers: 3, logs: join(root, 'logs'), time: '00:10:00', memoryMB: 500 },
      });
      const job = run('sbatch', ['--parsable'], batch);
      await until(() => results('array').length >= 4);
      run('scancel', [`${job}_1`]);
      run('scontrol', ['requeue', `${job}_2`]);
      await until(() => results('array').length === CELLS);
      await until(() => run('squeue', ['-h', '-j', job]) === '');
      expect(results('array')).toEqual(results('whole'));
      for (const name of readdirSync(join(root, 'logs')).sort())
        console.log(`${name}:\n${readFileSync(join(root, 'logs', name), 'utf8')}`);
    } finally {
      run('bash', [script, 'stop', cluster]);
      rmSync(root, { recursive: true, force: true });
    }
  });

async function freePorts(): Promise<Record<'PORT_A' | 'PORT_B', string>> {
  const servers = [createServer(), createServer()];
  const ports = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push(String((server.address() as AddressInfo).port));
  }
  for (const server of servers) server.close();
  return { PORT_A: ports[0]!, PORT_B: ports[1]! };
}
