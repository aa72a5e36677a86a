import { describe, expect, test } from 'vitest';
import { EVENT_OPERATIONS } from '../../../../../functions/api/operations/events.ts';
import type { Dependencies } from '../../../../../functions/dependencies.ts';
import { givenRuntime } from '../../given-dependencies.ts';

/** The message for the URL of a new endpoint. A URL is refused before the table is read. */
async function refusalOf(url: string, overrides: Partial<Dependencies> = {}): Promise<unknown> {
  const { dependencies } = givenRuntime(overrides);
  const request = { params: {}, query: {}, headers: {}, body: { url } };
  const { status, body } = await EVENT_OPERATIONS.createEventEndpoint(request as never, dependencies);
  expect(status).toBe(400);
  const [error] = (body as { errors: { path: string; message: string }[] }).errors;
  expect(error?.path).toBe('url');
  return error?.message;
}

const LOCAL = { allowPrivateTargets: false, privateTargetsSetting: 'RELICENSE_ALLOW_PRIVATE_TARGETS=1' };

describe('the refusal of an endpoint’s URL', () => {
  test.each(['http://127.0.0.1:3001/', 'http://shop.example/', 'https://localhost/', 'https://10.0.0.1/'])(
    'on one machine names the setting that allows %s',
    async (url) => {
      expect(await refusalOf(url, LOCAL)).toContain('RELICENSE_ALLOW_PRIVATE_TARGETS=1');
    },
  );

  test.each(['ftp://shop.example/', 'https://169.254.169.254/', 'https://user@shop.example/'])(
    'on one machine names no setting for %s, which is never allowed',
    async (url) => {
      expect(await refusalOf(url, LOCAL)).not.toContain('RELICENSE');
    },
  );

  test('on AWS names no setting, because there is none', async () => {
    expect(await refusalOf('http://shop.example/')).toBe('must be an https address');
    expect(await refusalOf('https://localhost/')).toBe(
      'must be a public address, and localhost is a name of this machine or its network',
    );
  });
});
