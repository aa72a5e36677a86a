import { extendKeySets, type KeySet, MAX_KEY_SETS } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';

/**
 * Verifies the vendor's key sets, `{keySets: [...]}`, from set 1 on.
 *
 * @throws ContainerError `key-sets`
 */
export async function verifyKeySets(list: unknown): Promise<readonly KeySet[]> {
  const listed: unknown = typeof list === 'object' && list !== null ? Reflect.get(list, 'keySets') : undefined;
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MAX_KEY_SETS) {
    throw new ContainerError(
      'key-sets',
      `Not a list of key sets: it must be {"keySets": [...]} with 1 to ${MAX_KEY_SETS} key sets, as the server lists them.`,
    );
  }
  const verified = await extendKeySets([], listed);
  if (!verified.ok) {
    throw new ContainerError('key-sets', `Key set ${verified.index + 1} of the list is refused: ${verified.code}.`);
  }
  return verified.keySets;
}
