import type { DocsOf } from './docs.ts';
import { KEY_SET } from './examples.ts';
import type { KEYS } from './keys.ts';

export const KEYS_DOCS: DocsOf<keyof typeof KEYS> = {
  getJwks: {
    tag: 'public',
    summary: 'Read the vendor’s present update keys',
    description: 'A JWK set (RFC 7517): the update keys of the newest key set.',
    answers: {
      200: {
        keys: [
          {
            kty: 'OKP',
            crv: 'Ed25519',
            x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
            kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
            alg: 'Ed25519',
            use: 'sig',
          },
        ],
      },
    },
  },
  getKeySets: {
    tag: 'public',
    summary: 'Read the vendor’s key sets',
    description:
      'All key sets, in the order of their versions. The newest one lists the keys that may sign updates and leases. A ' +
      'container stores the sets when it is created, and takes later ones with its updates.',
    answers: { 200: { keySets: [KEY_SET] } },
  },
};
