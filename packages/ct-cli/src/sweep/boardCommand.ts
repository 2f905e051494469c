/**
 * `ct sweep board`: the queues of sweeps in a browser.
 */
import { check, filledText, flag, listOf, options, signal as signalSchema, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { UsageError } from '../options/usageError.js';
import { say } from '../terminal/terminal.js';
import { redisOf } from './sweepFiles.js';

/** What `ct sweep board` was told, with the defaults filled in. */
export interface BoardSettings {
  names: readonly string[];
  redis?: string | undefined;
  redisCa?: string | undefined;
  port?: number | undefined;
  host: string;
  write?: boolean | undefined;
}

export const boardCommandArguments: Entries<{ settings: BoardSettings; signal: AbortSignal }> = {
  settings: options<BoardSettings>(
    {
      names: listOf(filledText, { min: 1 }),
      redis: filledText,
      redisCa: filledText,
      port: whole({ min: 0, max: 65_535 }),
      host: filledText,
      write: flag,
    },
    ['names', 'host'],
  ),
  signal: signalSchema,
};

/** Shows the queues until it is ended. */
export async function boardCommand(settings: BoardSettings, signal: AbortSignal): Promise<void> {
  check('boardCommand', boardCommandArguments, { settings, signal });
  const { names, port, host, write } = settings;
  const password = process.env['CT_BOARD_PASSWORD'];
  if (password === undefined || password === '')
    throw new UsageError('CT_BOARD_PASSWORD must be set to the password that the dashboard asks for');
  const { openBoard } = await import('@curvature-tuning/sweep/redis');
  const board = await openBoard({ redis: redisOf(settings), names, password, port, host, write });
  say(`${board.url} (user ct)`);
  try {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await board.close();
  }
}
