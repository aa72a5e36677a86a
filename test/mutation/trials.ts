/** Runs tests on the instrumented modules, with one condition removed at a time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest, type TestCase, type TestModule, type Vitest } from 'vitest/node';
import type { Condition } from './find-conditions.ts';
import { instrumented } from './instrument.ts';
import { LAST } from './tests.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SWITCH = fileURLToPath(new URL('./switch.ts', import.meta.url));
const TEST_SECONDS = 120;

/** One test, with the conditions that it reaches. */
export interface Trial {
  readonly id: string;
  /** From the project's folder. */
  readonly file: string;
  readonly name: string;
  readonly milliseconds: number;
  readonly reached: ReadonlySet<string>;
}

/** `noticed` by a test; `missed` by all of them. */
export type Verdict = { readonly kind: 'noticed'; readonly by: string } | { readonly kind: 'missed' };

export interface Trials {
  /** Runs the tests with every condition in place. Throws if one fails, because trials would mean nothing then. */
  rehearse(files: readonly string[]): Promise<Trial[]>;
  /** Runs the tests without a condition, until one fails. */
  without(condition: string, trials: readonly Trial[]): Promise<Verdict>;
  close(): Promise<void>;
}

export async function openTrials(conditions: readonly Condition[]): Promise<Trials> {
  const byFile = Map.groupBy(conditions, ({ file }) => join(PROJECT, file));
  const vitest = await createVitest(
    'test',
    {
      config: false,
      root: PROJECT,
      watch: false,
      include: ['test/**/*.test.ts'],
      setupFiles: [SWITCH],
      pool: 'threads',
      isolate: false,
      maxWorkers: 1,
      fileParallelism: false,
      testTimeout: TEST_SECONDS * 1000,
      hookTimeout: TEST_SECONDS * 1000,
      bail: 1,
      onConsoleLog: () => false,
      reporters: [{}],
    },
    {
      logLevel: 'silent',
      plugins: [
        {
          name: 'switches',
          enforce: 'pre',
          load(id: string) {
            const found = byFile.get(id);
            return found === undefined ? undefined : instrumented(readFileSync(id, 'utf8'), found);
          },
        },
      ],
    },
  );

  const run = async (removed: string, trials: ReadonlyMap<string, readonly string[] | undefined>) => {
    const project = vitest.getRootProject();
    vitest.provide('conditionRemoved', removed);
    const specifications = [...trials].map(([file, testIds]) =>
      project.createSpecification(join(PROJECT, file), testIds === undefined ? {} : { testIds: [...testIds] }),
    );
    vitest.state.filesMap.clear();
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
    return { testModules, failure: failureOf(vitest, testModules, unhandledErrors) };
  };

  return {
    async rehearse(files) {
      const { testModules, failure } = await run('', new Map(files.map((file) => [file, undefined])));
      if (failure !== undefined) throw new Error(`With every condition in place a test fails: ${failure}`);
      return testModules.flatMap((module) =>
        [...module.children.allTests()].map((test) => ({
          id: test.id,
          file: fileOf(module),
          name: test.fullName,
          milliseconds: test.diagnostic()?.duration ?? 0,
          reached: new Set(test.meta().conditionsReached),
        })),
      );
    },
    async without(condition, trials) {
      const byCost = [...Map.groupBy(trials, (trial) => trial.file)].sort(
        ([one, its], [other, others]) => LAST.indexOf(one) - LAST.indexOf(other) || cost(its) - cost(others),
      );
      for (const [file, tests] of byCost) {
        const { failure } = await run(condition, new Map([[file, tests.map(({ id }) => id)]]));
        if (failure !== undefined) return { kind: 'noticed', by: failure };
      }
      return { kind: 'missed' };
    },
    close: () => vitest.close(),
  };
}

const cost = (trials: readonly Trial[]): number => trials.reduce((sum, { milliseconds }) => sum + milliseconds, 0);

const fileOf = (module: TestModule): string => module.moduleId.slice(PROJECT.length);

function failureOf(_: Vitest, modules: readonly TestModule[], errors: readonly unknown[]): string | undefined {
  for (const module of modules) {
    const failed = [...module.children.allTests('failed')][0];
    if (failed !== undefined) return `${fileOf(module)} > ${nameOf(failed)}`;
    if (module.errors().length > 0) return `${fileOf(module)} (${module.errors()[0]?.message})`;
  }
  return errors.length === 0 ? undefined : `an error outside of a test: ${String(errors[0])}`;
}

const nameOf = (test: TestCase): string => test.fullName;
