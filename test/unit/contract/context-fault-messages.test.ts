import { describe, expect, test } from 'vitest';
import { formatContextFault } from '../../../contract/context-fault-messages.ts';
import { acceptContext } from '../../../functions/use-cases/reprogramming/verify-context.ts';
import { CONTEXT_FAULTS } from '../../../protocol/index.ts';
import { givenRuntime } from '../functions/given-dependencies.ts';
import { readVectors } from '../protocol/run-vectors.ts';

const { invalid } = readVectors()['context.json'];

describe('a refused context', () => {
  test('has a sentence of its own for each reason', () => {
    const sentences = CONTEXT_FAULTS.map(formatContextFault);
    expect(new Set(sentences).size).toBe(CONTEXT_FAULTS.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^The context was refused: .{20,}\.$/);
  });

  test.each([
    ['too-large', '4183 characters'],
    ['malformed', 'compact JWS'],
    ['header', 'alg, typ and jwk'],
    ['algorithm', 'Ed25519'],
    ['type', 'relicense-context+jwt'],
    ['key', 'crv, kty and x'],
    ['payload', 'ver, iss, aud, jti, iat, counter, digest, keys and lease'],
    ['serial', 'RFC 7638'],
    ['signature', 'signed with another key'],
  ] as const)('says of %s what would be right: %s', async (reason, words) => {
    const { text } =
      invalid.find((vector) => vector.reason === reason) ?? expect.fail(`No vector has the reason ${reason}`);
    const settled = await acceptContext(givenRuntime().dependencies, text);
    expect(settled).toMatchObject({ refusal: { code: 'invalid-context', reason } });
    expect(settled).toMatchObject({ refusal: { explanation: expect.stringContaining(words) } });
  });
});
