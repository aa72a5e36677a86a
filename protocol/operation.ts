import { type ContainerLicense, isContainerLicense, MAX_NAME_LENGTH } from './content.ts';
import { hasMembers, isName } from './members.ts';

/**
 * One change of a container's content in an update. `cause` is the step of the sequence. It is for people and logs: the
 * signed digest covers the content after the operations, not their causes.
 */
export type Operation =
  | { readonly op: 'remove'; readonly license: string; readonly cause: 'withdraw' | 'deactivate' | 'replace' }
  | { readonly op: 'put'; readonly license: ContainerLicense; readonly cause: 'assign' | 'replace' | 'activate' };

export type Cause = Operation['cause'];

/** The steps of the sequence. The operations of an update are in this order of their causes. */
export const CAUSES = ['withdraw', 'deactivate', 'assign', 'replace', 'activate'] as const satisfies readonly Cause[];

const REMOVE_CAUSES: readonly unknown[] = ['withdraw', 'deactivate', 'replace'];
const PUT_CAUSES: readonly unknown[] = ['assign', 'replace', 'activate'];

/** Whether a value is an {@link Operation} without other members. */
export function isOperation(value: unknown): value is Operation {
  if (!hasMembers(value, ['op', 'license', 'cause'])) return false;
  if (value.op === 'remove') return REMOVE_CAUSES.includes(value.cause) && isName(value.license, MAX_NAME_LENGTH);
  return value.op === 'put' && PUT_CAUSES.includes(value.cause) && isContainerLicense(value.license);
}
