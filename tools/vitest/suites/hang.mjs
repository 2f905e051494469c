/**
 * Milliseconds after which a test, or what prepares it, is taken to hang: a limit, not a measure of speed. On a quiet
 * core the slowest takes a tenth; a machine that does other work as well is up to ten times as slow.
 */
export const HANG = 300_000;
