import { exportJWK, generateKeyPair } from 'jose';
import { type Content, type KeySet, type PublicJwk, publicPart, serialOf, type Wishes } from '../../protocol/index.ts';
import {
  applyToHolding,
  type ContainerKey,
  type ContextChange,
  contextOfHolding,
  newHolding,
  type TestHolding,
} from './holding.ts';

/** A container in memory: a key pair and what it holds, built on the protocol alone. */
export interface TestContainer {
  readonly serial: string;
  readonly content: Content;
  holding: TestHolding;
  context(change?: ContextChange & { readonly jti?: string }): Promise<string>;
  /** The body of a request for a reprogramming with these manual actions: the context has their `wish`. */
  request(wishes: Wishes): Promise<{ readonly context: string } & Wishes>;
  /** Applies an answer of the server: its key sets, updates and lease. @throws the code of a refusal. */
  apply(answer: object): Promise<void>;
  /** A second container with the same key and holding: a clone, or an old copy that is restored later. */
  copy(): TestContainer;
}

export async function newTestContainer(keySets: readonly KeySet[]): Promise<TestContainer> {
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const publicJwk = publicPart(await exportJWK(publicKey)) as PublicJwk;
  const serial = await serialOf(publicJwk);
  return containerWith({ serial, publicJwk, privateKey }, newHolding(serial, keySets));
}

function containerWith(key: ContainerKey, start: TestHolding): TestContainer {
  let made = 0;
  const self: TestContainer = {
    serial: key.serial,
    holding: start,
    get content() {
      return self.holding.content;
    },
    async context({ jti, ...change } = {}) {
      made += 1;
      const id = jti ?? `${key.serial.slice(0, 8)}-${Date.now()}-${made}-${Math.random().toString(36).slice(2)}`;
      const clock = Math.floor(Date.now() / 1000);
      const { text, holding } = await contextOfHolding(key, self.holding, { jti: id, clock, change });
      self.holding = holding;
      return text;
    },
    request: async (wishes) => ({ context: await self.context({ wishes }), ...wishes }),
    async apply(answer) {
      const { holding, fault } = await applyToHolding(self.holding, answer);
      self.holding = holding;
      if (fault !== undefined) throw new Error(`The update was refused: ${JSON.stringify(fault)}`);
    },
    copy: () => containerWith(key, self.holding),
  };
  return self;
}
