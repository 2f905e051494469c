// A process that times runs on request, so that two can take turns. It writes one line when it is ready, and answers
// each line, the name of a run, with milliseconds.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/**
 * Starts a process; `greeting` is its first line.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 */
export async function startPeer(command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${[command, ...args].join(' ')} ended early`);
    return value;
  };
  const greeting = await next();
  return {
    greeting,
    time: async (/** @type {string} */ run) => {
      // The threads of the process that had its turn before spin for a while, waiting for more work.
      await setTimeout(100);
      child.stdin.write(`${run}\n`);
      const line = await next();
      const milliseconds = Number(line);
      if (Number.isNaN(milliseconds))
        throw new Error(`${command} answered ${run} with "${line}", not with milliseconds`);
      return milliseconds;
    },
    end: () => child.stdin.end(),
  };
}

/**
 * Answers the requests that come in on stdin; `time` gives the milliseconds of a run.
 *
 * @param {string} greeting
 * @param {(run: string) => number} time
 */
export async function answerRequests(greeting, time) {
  console.log(greeting);
  // A string: with FORCE_COLOR, console.log colours numbers.
  for await (const run of createInterface({ input: process.stdin })) console.log(String(time(run)));
}
