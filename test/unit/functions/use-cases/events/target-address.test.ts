import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { faultOfTarget, isAllowedAddress } from '../../../../../functions/use-cases/events/target-address.ts';
import { createWebhookSender } from '../../../../../functions/use-cases/events/webhook-sender.ts';

const OPEN = ['93.184.216.34', '1.1.1.1', '2606:4700::1111', '::ffff:1.1.1.1'];
/** This machine and its network: allowed where the runtime's setting says so. */
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
  // Link-local, and metadata services wherever they are.
  '169.254.169.254',
  '::ffff:169.254.169.254',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  '168.63.129.16',
  '192.0.0.192',
  '100.100.100.200',
  // IPv4 in IPv6's clothes: compatible, translated, NAT64, 6to4, Teredo.
  '::7f00:1',
  '::a9fe:a9fe',
  '::169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a9fe:a9fe',
  '2002:7f00:1::',
  '2001::1',
  // Nobody's.
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
  test.each(OPEN)('%s is of the open internet', (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
    expect(isAllowedAddress(address, true)).toBe(true);
  });

  test.each(PRIVATE)('%s is taken only where private targets are allowed', (address) => {
    expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([false, true]);
  });

  test.each(NEVER)('%s is never taken', (address) => {
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
  ])('%s may be an endpoint', (url) => {
    expect(faultOfTarget(url, false)).toBeUndefined();
  });

  test.each([
    // One machine by many names.
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
    // What is not a plain https address.
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
  ])('%s may not', (url) => {
    expect(faultOfTarget(url, false)).toBeTypeOf('string');
  });

  test('of this machine may be one where that is allowed, but never of its link', () => {
    expect(faultOfTarget('http://127.0.0.1:80/', true)).toBeUndefined();
    expect(faultOfTarget('http://169.254.169.254/', true)).toBeTypeOf('string');
    expect(faultOfTarget('http://[fd00:ec2::254]/', true)).toBeTypeOf('string');
  });
});

describe('the courier', () => {
  const post = { headers: {}, body: '{}' };

  async function postTo(name: string, answers: readonly (readonly LookupAddress[])[], allowPrivate: boolean) {
    const asked: string[] = [];
    let came = 0;
    const server = createServer((_, response) => {
      came += 1;
      response.writeHead(204).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const courier = createWebhookSender({
      allowPrivate,
      timeoutSeconds: 5,
      resolve: async (hostname) => {
        asked.push(hostname);
        return answers[Math.min(asked.length, answers.length) - 1] ?? [];
      },
    });
    onTestFinished(() => {
      courier.close();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const scheme = allowPrivate ? 'http' : 'https';
    const outcome = await courier.post({ ...post, url: `${scheme}://${name}:${port}/` });
    return { outcome, asked, came };
  }
  const here: LookupAddress = { address: '127.0.0.1', family: 4 };
  const open: LookupAddress = { address: '93.184.216.34', family: 4 };
  const metadata: LookupAddress = { address: '169.254.169.254', family: 4 };

  test('connects to the address that was checked: the name is looked up once, whatever it would say the next time', async () => {
    const { outcome, asked, came } = await postTo('rebind.example', [[here], [metadata]], true);
    expect(outcome).toEqual({ kind: 'answered', status: 204 });
    expect([asked, came]).toEqual([['rebind.example'], 1]);
  });

  test.each([
    ['leads to this machine', [here]],
    ['leads to the metadata address', [metadata]],
    ['leads to a good and a bad address', [open, here]],
    ['leads to this machine by IPv6', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['leads nowhere', []],
  ] as const)('refuses a name that %s, and connects to nothing', async (_, addresses) => {
    const { outcome, came } = await postTo('inner.example', [addresses], false);
    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('refused') });
    expect(came).toBe(0);
  });

  test('looks at what is stored again: an endpoint that was registered under another setting is not called', async () => {
    const { outcome, came } = await postTo('127.0.0.1', [], false);
    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('refused') });
    expect(came).toBe(0);
  });
});
