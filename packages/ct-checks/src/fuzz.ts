/**
 * Many damaged cases drawn from a seed. Each is refused by an error that names it, or treated as what it now says.
 */
import type { Mutation, RandomNumbers } from './mutations.js';
import { randomNumbers } from './mutations.js';

/** What is tried. */
export interface Fuzz<T> {
  /** How many; times the environment variable `CT_FUZZ_TIMES`. */
  cases: number;
  /** Of the drawn cases; `CT_FUZZ_SEED` is added. */
  seed: number;
  /** Draws one case. */
  draw: (random: RandomNumbers, index: number) => Mutation<T>;
  /**
   * Tries one: throws where it is refused, and returns a difference from what should come of it, or undefined where
   * there is none.
   */
  run: (value: T, index: number) => string | undefined | Promise<string | undefined>;
  /** How a refusal begins. */
  refusal: RegExp;
  /** Number of things that are alive, such as tensors: a case leaves as many as there were. */
  alive?: () => number;
}

/** What came of all cases. */
export interface Fuzzed {
  /**
   * The first twenty that were treated wrongly, each with its number, what was done to it and what came; `[]` is right.
   */
  faults: string[];
  refused: number;
  accepted: number;
}

/** Words of errors that the engine makes, of which nobody can tell what to mend. */
const ofTheEngine = new RegExp(
  [
    'Cannot (read propert|convert|destructure|use)',
    'is not a function|is not iterable|is not defined',
    'Unexpected (end of (JSON|input)|token)',
    'undefined \\(reading',
    'Invalid (array|typed)',
    'call stack',
    'circular',
    'invalid character|not correctly encoded|JSON at position',
    'Array buffer allocation',
  ].join('|'),
  'i',
);

/** What is wrong with how something is refused; undefined where nothing is. */
function wrongRefusal(error: unknown, begins: RegExp): string | undefined {
  if (!(error instanceof Error)) return `threw what is no Error: ${String(error)}`;
  if (!begins.test(error.message)) return `threw what is not ours: ${error.stack ?? error.message}`;
  if (ofTheEngine.test(error.message)) return `does not say what is wrong: ${error.message}`;
  return undefined;
}

/**
 * Tries all cases. A case that takes 10 seconds is a fault, too.
 *
 *     it('2,000 damaged ...', async ({ task }) => {
 *       const { faults, refused } = await fuzz(task, { cases: 2000, seed: 1, draw, run, refusal: /^loadLora: / });
 *
 * @param task The test, in whose `meta.cases` the number of cases is left for the report.
 */
export async function fuzz<T>(
  task: { meta: object },
  { cases, seed, draw, run, refusal, alive = () => 0 }: Fuzz<T>,
): Promise<Fuzzed> {
  const count = cases * Number(process.env['CT_FUZZ_TIMES'] ?? 1);
  const random = randomNumbers(seed + Number(process.env['CT_FUZZ_SEED'] ?? 0));
  const fuzzed: Fuzzed = { faults: [], refused: 0, accepted: 0 };
  for (let i = 0; i < count && fuzzed.faults.length < 20; i++) {
    const { title, value } = draw(random, i);
    const before = alive();
    const problem = await withinTenSeconds(async () => {
      try {
        const difference = await run(value, i);
        fuzzed.accepted++;
        return difference;
      } catch (error) {
        fuzzed.refused++;
        return wrongRefusal(error, refusal);
      }
    });
    const left = alive() - before;
    if (problem !== undefined) fuzzed.faults.push(`${i}, ${title}: ${problem}`);
    else if (left !== 0) fuzzed.faults.push(`${i}, ${title}: ${left} left`);
  }
  Object.assign(task.meta, { cases: count });
  return fuzzed;
}

async function withinTenSeconds(run: () => Promise<string | undefined>): Promise<string | undefined> {
  const start = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<string>(
    (resolve) => (timer = setTimeout(() => resolve('still runs after 10 s'), 10_000)),
  );
  const problem = await Promise.race([run(), tooLong]);
  clearTimeout(timer);
  const seconds = (performance.now() - start) / 1000;
  return problem ?? (seconds > 10 ? `took ${seconds.toFixed(0)} s` : undefined);
}
