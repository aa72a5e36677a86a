/** The filters of the function that reads the table's stream, applied to changes of the embedded table. */
import type { StreamPattern } from '../cdk/read-template.ts';
import type { ItemChange } from '../table/index.ts';

/** One condition of a pattern: the member of a record at a path has one of the values. */
interface Clause {
  readonly path: readonly string[];
  readonly allowed: readonly unknown[];
}

/** Whether one of the patterns matches a change. Rules: "Filter rule syntax", AWS Lambda Developer Guide. */
export function createStreamFilter(patterns: readonly StreamPattern[]): (change: ItemChange) => boolean {
  const compiled = patterns.map((pattern) => clausesOf(pattern, []));
  return (change) => compiled.some((clauses) => clauses.every((clause) => matches(clause, change)));
}

function clausesOf(pattern: StreamPattern, path: readonly string[]): Clause[] {
  return Object.entries(pattern).flatMap(([name, inner]) =>
    Array.isArray(inner)
      ? [{ path: [...path, name], allowed: inner }]
      : clausesOf(inner as StreamPattern, [...path, name]),
  );
}

function matches({ path, allowed }: Clause, change: ItemChange): boolean {
  const value = memberOf(path, change);
  return allowed.some((one) => {
    if (typeof one !== 'object' || one === null) return one === value;
    if ('prefix' in one) return typeof value === 'string' && value.startsWith(String(one.prefix));
    if ('exists' in one) return (value !== undefined) === one.exists;
    throw new TypeError(`Bug: the filter ${JSON.stringify(one)} is not supported`);
  });
}

/** A member of the record of the change; `undefined` if it is absent. Only texts and numbers are filtered. */
function memberOf(path: readonly string[], { pk, sk, before, after }: ItemChange): unknown {
  const [first, image, name = '', type] = path;
  if (first === 'eventName') return after === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY';
  const item = image === 'Keys' ? { pk, sk } : image === 'NewImage' ? after : undefined;
  if (first !== 'dynamodb' || path.length !== 4 || (image !== 'Keys' && image !== 'NewImage'))
    throw new TypeError(`Bug: the filter of ${path.join('.')} is not supported`);
  const value: unknown = (item as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (type === 'S') return typeof value === 'string' ? value : undefined;
  if (type === 'N') return typeof value === 'number' ? String(value) : undefined;
  throw new TypeError(`Bug: the filter of the type ${type} is not supported`);
}
