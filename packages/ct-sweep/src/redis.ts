/**
 * `@curvature-tuning/sweep/redis`: the engine for many machines. Needs the packages bullmq and ioredis; the dashboard
 * also express, @bull-board/api and @bull-board/express.
 */
export type { CellEvent, SweepSummary } from './engines/runSweep.js';
export type { SweepProgress } from './engines/progressOf.js';
export type { Sweep } from './cell/sweep.js';
export type { Board, BoardOptions } from './redis/board.js';
export { openBoard } from './redis/board.js';
export type { RedisPlace } from './redis/connection.js';
export { emptyQueue } from './redis/emptyQueue.js';
export type { RunOnRedisOptions } from './redis/runOnRedis.js';
export { runOnRedis } from './redis/runOnRedis.js';
export type { RedisWorkerOptions } from './redis/workOnRedis.js';
export { workOnRedis } from './redis/workOnRedis.js';
