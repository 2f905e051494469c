/**
 * Runs the programs that set-up needs.
 */
import { spawn } from 'node:child_process';

/** What a program said. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** How a program runs. */
export interface RunOptions {
  signal?: AbortSignal | undefined;
  env?: Record<string, string | undefined>;
}

/**
 * Runs a program to its end.
 *
 * @throws Error with the command and the end of what it said when it fails or is not there; the signal's reason when
 *   that stopped it.
 */
export async function run(command: string, args: string[], { signal, env }: RunOptions = {}): Promise<Output> {
  signal?.throwIfAborted();
  // A group of its own: a program may be a script that waits for another, and both have to end.
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  signal?.addEventListener('abort', stop, { once: true });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  const { code, error } = await new Promise<{ code: number | string; error?: Error }>((resolve) => {
    child.on('error', (error) => resolve({ code: -1, error }));
    child.on('close', (code, killedBy) => resolve({ code: code ?? killedBy ?? -1 }));
  });
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (code === 0) return output;
  const said = `${output.stdout}${output.stderr}`.trim().split('\n').slice(-30).join('\n');
  throw new Error(
    `${[command, ...args].join(' ')}\nfailed (${error?.message ?? code})${said === '' ? '' : `:\n${said}`}`,
  );
}
