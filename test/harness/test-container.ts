import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import {
  applyUpdates,
  type Content,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  type PublicJwk,
  publicPart,
  serialOf,
} from '../../protocol/index.ts';

/** A container in memory: a key pair and a content, built on the protocol alone. */
export interface TestContainer {
  readonly serial: string;
  content: Content;
  context(overrides?: { counter?: number; digest?: string; jti?: string; iat?: number }): Promise<string>;
  /** Applies a chain of updates. @throws the codes of a refusal. */
  apply(updates: readonly unknown[], keys: readonly JWK[]): Promise<void>;
  /** A second container with the same key and content: a clone, or an old copy that is restored later. */
  copy(): TestContainer;
}

export async function newTestContainer(): Promise<TestContainer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = publicPart(await exportJWK(publicKey));
  return containerWith(jwk as PublicJwk, privateKey, await serialOf(jwk as PublicJwk), EMPTY_CONTENT);
}

function containerWith(publicJwk: PublicJwk, privateKey: CryptoKey, serial: string, start: Content): TestContainer {
  let made = 0;
  const self: TestContainer = {
    serial,
    content: start,
    async context(overrides = {}) {
      made += 1;
      return createContext({
        privateKey,
        publicJwk,
        counter: self.content.counter,
        digest: await digestOf(self.content),
        jti: `${serial.slice(0, 8)}-${Date.now()}-${made}-${Math.random().toString(36).slice(2)}`,
        iat: Math.floor(Date.now() / 1000),
        ...overrides,
      });
    },
    async apply(updates, keys) {
      const result = await applyUpdates(self.content, serial, { updates }, keys);
      self.content = result.content;
      if (!result.ok) throw new Error(`The update was refused: ${JSON.stringify(result)}`);
    },
    copy: () => containerWith(publicJwk, privateKey, serial, self.content),
  };
  return self;
}
