import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  faultOfTarget,
  isAllowedAddress,
  isPrivateTarget,
} from '../../../../../functions/use-cases/events/target-address.ts';
import { createWebhookSender } from '../../../../../functions/use-cases/events/webhook-sender.ts';

const PUBLIC = ['93.184.216.34', '1.1.1.1', '2606:4700::1111', '::ffff:1.1.1.1'];
/** This machine and its network: allowed with `allowPrivate`. */
const PRIVATE = [
  '127.0.0.1',
  '127.255.0.7',
  '::1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  'fd12::1',
  '::ffff:10.0.0.1',
];
const NEVER = [
  // Link-local addresses and metadata services.
  '169.254.169.254',
  '::ffff:169.254.169.254',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  '168.63.129.16',
  '192.0.0.192',
  '100.100.100.200',
  // IPv4 addresses embedded in IPv6: compatible, translated, NAT64, 6to4, Teredo.
  '::7f00:1',
  '::a9fe:a9fe',
  '::169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a9fe:a9fe',
  '2002:7f00:1::',
  '2001::1',
  // Unassigned or reserved.
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '100.64.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '4000::1',
  '100::1',
  'no address',
];

describe('an address', () => {
  test.each(PUBLIC)('%s is a public address', (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
    expect(isAllowedAddress(address, true)).toBe(true);
  });

  test.each(PRIVATE)('%s is allowed only with allowPrivate', (address) => {
    expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([false, true]);
  });

  test.each(NEVER)('%s is never allowed', (address) => {
    expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([false, false]);
  });
});

describe('a URL', () => {
  test.each([
    'https://shop.example/events?x=1',
    'https://shop.example:443/',
    'https://shop.example:8443/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
    'https://localhost.example/',
    'https://mylocal/',
    'https://notlocalhost.example/',
  ])('%s is allowed as an endpoint', (url) => {
    expect(faultOfTarget(url, false)).toBeUndefined();
  });

  test.each([
    // Spellings of this machine's address.
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://017700000001/',
    'https://0/',
    'https://%31%32%37.0.0.1/',
    'https://①②⑦.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://169.254.169.254/latest/meta-data/',
    // Other schemes, credentials, fragments and ports.
    'http://shop.example/',
    'ftp://shop.example/',
    'file:///etc/passwd',
    'https://user@shop.example/',
    'https://:secret@shop.example/',
    'https://shop.example/#part',
    'https://shop.example:22/',
    'https://shop.example:25/',
    'https://shop.example:80/',
    'https://shop.example:0/',
    'shop.example',
    '',
    // Names of this machine and its network.
    'https://localhost/',
    'https://LOCALHOST:8443/',
    'https://localhost./',
    'https://shop.localhost/',
    'https://localhost.localdomain/',
    'https://nas.local/',
    'https://metadata.google.internal/',
    'https://router.home.arpa/',
  ])('%s is refused as an endpoint', (url) => {
    expect(faultOfTarget(url, false)).toBeTypeOf('string');
  });

  test.each([
    ['http://shop.example/', true],
    ['https://localhost/', true],
    ['https://127.0.0.1/', true],
    ['https://shop.example:25/', true],
    ['https://shop.example/', false],
    ['https://169.254.169.254/', false],
    ['ftp://shop.example/', false],
    ['no URL', false],
  ])('allowPrivate would allow %s: %s', (url, expected) => {
    expect(isPrivateTarget(url)).toBe(expected);
  });

  test('allowPrivate allows loopback URLs, and never link-local ones or metadata services', () => {
    expect(faultOfTarget('http://127.0.0.1:80/', true)).toBeUndefined();
    expect(faultOfTarget('https://localhost:3001/', true)).toBeUndefined();
    expect(faultOfTarget('http://169.254.169.254/', true)).toBeTypeOf('string');
    expect(faultOfTarget('http://[fd00:ec2::254]/', true)).toBeTypeOf('string');
  });
});

describe('the webhook sender', () => {
  const post = { headers: {}, body: '{}' };

  async function postTo(name: string, answers: readonly (readonly LookupAddress[])[], allowPrivate: boolean) {
    const resolved: string[] = [];
    let received = 0;
    const server = createServer((_, response) => {
      received += 1;
      response.writeHead(204).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const sender = createWebhookSender({
      allowPrivate,
      timeoutSeconds: 5,
      resolve: async (hostname) => {
        resolved.push(hostname);
        return answers[Math.min(resolved.length, answers.length) - 1] ?? [];
      },
    });
    onTestFinished(() => {
      sender.close();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const scheme = allowPrivate ? 'http' : 'https';
    const outcome = await sender.post({ ...post, url: `${scheme}://${name}:${port}/` });
    return { outcome, resolved, received };
  }
  const here: LookupAddress = { address: '127.0.0.1', family: 4 };
  const open: LookupAddress = { address: '93.184.216.34', family: 4 };
  const metadata: LookupAddress = { address: '169.254.169.254', family: 4 };

  test('the sender resolves a name once and connects to the address that it checked', async () => {
    const { outcome, resolved, received } = await postTo('rebind.example', [[here], [metadata]], true);
    expect(outcome).toEqual({ kind: 'answered', status: 204 });
    expect([resolved, received]).toEqual([['rebind.example'], 1]);
  });

  test.each([
    ['this machine’s address', [here]],
    ['the metadata service’s address', [metadata]],
    ['a public and a private address', [open, here]],
    ['this machine’s address in IPv6', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['no address', []],
  ] as const)('the sender refuses a name that has %s, and connects to nothing', async (_, addresses) => {
    const { outcome, received } = await postTo('inner.example', [addresses], false);
    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('refused') });
    expect(received).toBe(0);
  });

  test('the sender refuses a stored URL that was allowed under another setting', async () => {
    const { outcome, received } = await postTo('127.0.0.1', [], false);
    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('refused') });
    expect(received).toBe(0);
  });
});
