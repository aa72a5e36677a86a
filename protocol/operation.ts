import { type ContainerLicense, isContainerLicense, MAX_NAME_LENGTH } from './content.ts';
import { hasMembers, isName } from './members.ts';

/**
 * One step of an update. `cause` is for people and logs: the signed digest covers where the operations lead, not why.
 */
export type Operation =
  | { readonly op: 'remove'; readonly license: string; readonly cause: 'withdraw' | 'deactivate' | 'replace' }
  | { readonly op: 'put'; readonly license: ContainerLicense; readonly cause: 'assign' | 'replace' | 'activate' };

export type Cause = Operation['cause'];

/** The sequence of a reprogramming: operations come in this order of their causes. */
export const CAUSES = ['withdraw', 'deactivate', 'assign', 'replace', 'activate'] as const satisfies readonly Cause[];

const REMOVE_CAUSES: readonly unknown[] = ['withdraw', 'deactivate', 'replace'];
const PUT_CAUSES: readonly unknown[] = ['assign', 'replace', 'activate'];

/** Whether a value is exactly one operation. */
export function isOperation(value: unknown): value is Operation {
  if (!hasMembers(value, ['op', 'license', 'cause'])) return false;
  if (value.op === 'remove') return REMOVE_CAUSES.includes(value.cause) && isName(value.license, MAX_NAME_LENGTH);
  return value.op === 'put' && PUT_CAUSES.includes(value.cause) && isContainerLicense(value.license);
}
