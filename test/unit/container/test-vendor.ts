import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  assembleUpdateJws,
  type ContainerLicense,
  type Content,
  digestOf,
  EMPTY_CONTENT,
  normalizeContent,
  type Operation,
  serialOf,
  type Update,
  updateSigningInput,
} from '../../../protocol/index.ts';

/** A vendor that signs any update that a test wants. */
export class TestVendor {
  readonly privateKey: KeyObject;
  readonly jwk: { kty: 'OKP'; crv: 'Ed25519'; x: string };
  /** The last position of each container's chain. */
  private readonly targets = new Map<string, Content>();
  private issued = 0;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.privateKey = privateKey;
    this.jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.export({ format: 'jwk' }).x ?? '' };
  }

  async keys(): Promise<{ keys: object[] }> {
    return { keys: [{ ...this.jwk, kid: await serialOf(this.jwk), alg: 'EdDSA', use: 'sig' }] };
  }

  target(serial: string): Content {
    return this.targets.get(serial) ?? EMPTY_CONTENT;
  }

  /** The next update of a container's chain. */
  async issue(serial: string, operations: readonly Operation[]): Promise<Update> {
    const start = this.target(serial);
    const licenses = new Map(start.licenses.map((license) => [license.id, license]));
    for (const operation of operations) {
      if (operation.op === 'remove') licenses.delete(operation.license);
      else licenses.set(operation.license.id, operation.license);
    }
    const reached = normalizeContent({ counter: start.counter + 1, licenses: [...licenses.values()] });
    this.targets.set(serial, reached);
    this.issued += 1;
    const input = updateSigningInput({
      kid: await serialOf(this.jwk),
      payload: {
        iss: 'test',
        sub: serial,
        jti: `rp-${this.issued}`,
        iat: 1,
        from: { counter: start.counter, digest: await digestOf(start) },
        to: { counter: reached.counter, digest: await digestOf(reached) },
      },
    });
    return { jws: assembleUpdateJws(input, sign(null, Buffer.from(input), this.privateKey)), operations };
  }
}

export function license(id: string, more: Partial<ContainerLicense> = {}): ContainerLicense {
  return { id, product: 'base', terms: {}, requires: [], ...more };
}

export function activation(id: string, more: Partial<ContainerLicense> = {}): Operation {
  return { op: 'put', license: license(id, more), cause: 'activate' };
}
