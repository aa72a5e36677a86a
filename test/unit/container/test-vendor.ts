import { generateKeyPairSync, sign } from 'node:crypto';
import {
  assembleJws,
  type ContainerLicense,
  type Content,
  digestOf,
  EMPTY_CONTENT,
  type KeySetPayload,
  leaseSigningInput,
  normalizeContent,
  type Operation,
  type SignedKeySet,
  serialOf,
  type Update,
  updateSigningInput,
} from '../../../protocol/index.ts';
import { signTestKeySet, type TestKey } from '../../harness/test-key-set.ts';

/** The vendor of the tests, as its key sets name it. */
export const ISSUER = 'test';

/** A vendor that signs any update, lease and key set that a test wants. Its keys differ from those of other vendors. */
export class TestVendor {
  private readonly signed: SignedKeySet[] = [];
  /** The last position of each container's chain. */
  private readonly targets = new Map<string, Content>();
  private statements = 0;
  private root: Promise<TestKey> | undefined;
  private update: Promise<TestKey> | undefined;

  /** The published key sets, as the server lists them. */
  async keys(): Promise<{ keySets: SignedKeySet[] }> {
    if (this.signed.length === 0) await this.rotate();
    return { keySets: [...this.signed] };
  }

  /** The version of the newest key set. */
  async newestKeySet(): Promise<number> {
    return (await this.keys()).keySets.length;
  }

  /** The key that signs key sets. */
  rootKey(): Promise<TestKey> {
    this.root ??= newKey();
    return this.root;
  }

  /** The key that signs updates and leases. */
  updateKey(): Promise<TestKey> {
    this.update ??= newKey();
    return this.update;
  }

  /** Publishes the next key set, with a new update key and, if a test wants it, another root key. */
  async rotate({ root = false }: { readonly root?: boolean } = {}): Promise<void> {
    const before = await this.rootKey();
    if (root) this.root = newKey();
    if (this.signed.length > 0) this.update = newKey();
    const [next, update] = [await this.rootKey(), await this.updateKey()];
    const payload: KeySetPayload = {
      iss: ISSUER,
      version: this.signed.length + 1,
      iat: 1,
      root: { threshold: 1, keys: [next.jwk] },
      update: [update.jwk],
    };
    this.signed.push(signTestKeySet(payload, root ? [before, next] : [next]));
  }

  /** Signs a key set with these root keys. It is not published. */
  async signKeySet(version: number, signers: readonly TestKey[], root: KeySetPayload['root']): Promise<SignedKeySet> {
    const { jwk } = await this.updateKey();
    return signTestKeySet({ iss: ISSUER, version, iat: 1, root, update: [jwk] }, signers);
  }

  target(serial: string): Content {
    return this.targets.get(serial) ?? EMPTY_CONTENT;
  }

  /** The next update of a container's chain. `iat` is in seconds since 1970. */
  async issue(serial: string, operations: readonly Operation[], iat = 1): Promise<Update> {
    const start = this.target(serial);
    const licenses = new Map(start.licenses.map((license) => [license.id, license]));
    for (const operation of operations) {
      if (operation.op === 'remove') licenses.delete(operation.license);
      else licenses.set(operation.license.id, operation.license);
    }
    const reached = normalizeContent({ counter: start.counter + 1, licenses: [...licenses.values()] });
    this.targets.set(serial, reached);
    this.statements += 1;
    const { jwk, sign } = await this.updateKey();
    const input = updateSigningInput({
      kid: jwk.kid,
      payload: {
        iss: ISSUER,
        sub: serial,
        jti: `rp-${this.statements}`,
        iat,
        from: { counter: start.counter, digest: await digestOf(start) },
        to: { counter: reached.counter, digest: await digestOf(reached) },
      },
    });
    return { jws: assembleJws(input, sign(new TextEncoder().encode(input))), operations };
  }

  /** A lease for the last position of a container's chain, in answer to the context `re`. */
  async lease(serial: string, re: string, iat: number): Promise<string> {
    const target = this.target(serial);
    this.statements += 1;
    const { jwk, sign } = await this.updateKey();
    const at = { counter: target.counter, digest: await digestOf(target) };
    const payload = { iss: ISSUER, sub: serial, jti: `lease-${this.statements}`, iat, re, at };
    const input = leaseSigningInput({ kid: jwk.kid, payload });
    return assembleJws(input, sign(new TextEncoder().encode(input)));
  }
}

export async function newKey(): Promise<TestKey> {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  const { x } = key.export({ format: 'jwk' }) as { x: string };
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { jwk: { ...jwk, kid: await serialOf(jwk) }, key, sign: (message) => sign(null, message, key) };
}

export function license(id: string, more: Partial<ContainerLicense> = {}): ContainerLicense {
  return { id, product: 'base', terms: {}, requires: [], ...more };
}

export function activation(id: string, more: Partial<ContainerLicense> = {}): Operation {
  return { op: 'put', license: license(id, more), cause: 'activate' };
}
