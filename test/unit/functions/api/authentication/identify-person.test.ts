import { expect, test } from 'vitest';
import { createIdentifyPerson } from '../../../../../functions/api/authentication/identify-person.ts';
import { givenRuntime } from '../../given-dependencies.ts';

const PROVIDER = {
  issuer: 'https://issuer.example.com',
  acceptedTokens: { kind: 'audience', audience: 'relicense' },
  scopeClaim: 'scope',
} as const;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([{}, { iss: 7 }, { iss: null }])('a token whose issuer is not a text is refused: %j', async (payload) => {
  const token = `${part({ alg: 'RS256', typ: 'at+jwt' })}.${part(payload)}.AAAA`;
  const { dependencies } = givenRuntime();
  expect(await createIdentifyPerson()(dependencies, PROVIDER, token)).toEqual({ kind: 'refused' });
});
