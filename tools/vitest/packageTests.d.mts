import type { TestProjectConfiguration, UserConfig } from 'vitest/config';

export declare function packageTests(tests?: {
  /** Patterns of the tests in Node that get a process of their own. */
  alone?: string[];
  browsers?: TestProjectConfiguration[];
}): UserConfig;
