import type { TestProjectConfiguration, UserConfig } from 'vitest/config';

export declare function packageTests(...projects: TestProjectConfiguration[]): UserConfig;
