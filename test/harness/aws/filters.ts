/** The filters of an event source mapping: the operators that the stack uses. */

/** Whether a record has what a pattern asks for. Each member of the pattern must match; a list is a choice. */
export function matchesFilter(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((rule) => matchesRule(rule, value));
  if (typeof pattern !== 'object' || pattern === null) throw new Error(`No pattern: ${JSON.stringify(pattern)}`);
  const members = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  return Object.entries(pattern).every(([name, one]) => matchesFilter(one, members[name]));
}

function matchesRule(rule: unknown, value: unknown): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === value;
  if ('prefix' in rule) return typeof value === 'string' && value.startsWith(String(rule.prefix));
  if ('exists' in rule) return (value !== undefined) === rule.exists;
  throw new Error(`The stand-in does not know the filter ${JSON.stringify(rule)}`);
}
