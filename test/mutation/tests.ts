import { readdirSync } from 'node:fs';

/** The tests that conditions are tried against: quick ones, most of them on a mocked SDK or on the table in memory. */
const QUICK = [
  'test/simulation/conditions',
  'test/unit/functions',
  'test/unit/protocol',
  'test/unit/container/container.test.ts',
  'test/unit/container/sync.test.ts',
  'test/unit/container/vendor-keys.test.ts',
  'test/simulation/plan-twice.test.ts',
  'test/integration/vendor/people.test.ts',
  'test/integration/vendor/webhooks-in.test.ts',
  'test/integration/vendor/webhook-outcomes.test.ts',
];
/** Tried when all others miss a condition. */
export const LAST = ['test/simulation/conditions/every-write.test.ts', 'test/mutation/histories.test.ts'];

/** The tests that conditions are tried against, as paths from the project's folder. */
export function testsOf(project: string): string[] {
  const quick = QUICK.flatMap((path) =>
    path.endsWith('.ts')
      ? [path]
      : readdirSync(`${project}/${path}`, { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.test.ts'))
          .map((name) => `${path}/${name}`),
  );
  return [...new Set([...quick, ...LAST])];
}
