import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callerFolder } from '../../../terminal/caller-folder.ts';
import { endOnClosedPipe } from '../../../terminal/closed-pipe.ts';
import { proxySettings, useProxy } from '../../../terminal/proxy.ts';
import { formatSystemError } from '../../../terminal/system-error.ts';

describe('relative paths start', () => {
  const root = '/clone';
  const env = { INIT_CWD: '/home/ann', npm_lifecycle_event: 'relicense', npm_package_json: join(root, 'package.json') };

  test('from the folder where the person called npm run', () => {
    expect(callerFolder({ env, cwd: root, root })).toBe('/home/ann');
    expect(callerFolder({ env: { ...env, npm_lifecycle_event: 'container' }, cwd: root, root })).toBe('/home/ann');
  });

  test.each([
    ['the program was started without npm', {}, root],
    ['a script of another project started it', { ...env, npm_package_json: '/other/package.json' }, root],
    ['another script of this project started it', { ...env, npm_lifecycle_event: 'test' }, root],
    ['the script had changed its folder', env, '/clone/demo'],
  ])('from the working folder when %s', (_, given, cwd) => {
    expect(callerFolder({ env: given, cwd, root })).toBe(cwd);
  });
});

describe('a proxy', () => {
  test('is taken from the environment, and never used for this machine', () => {
    const HTTPS_PROXY = 'http://proxy.example.com:3128';
    expect(proxySettings({ HTTPS_PROXY, NO_PROXY: 'intranet' })).toEqual({
      HTTPS_PROXY,
      no_proxy: 'intranet,localhost,127.0.0.1,[::1],::1',
    });
    expect(proxySettings({ NO_PROXY: '*', HTTP_PROXY: '' })).toBeUndefined();
  });

  test('a proxy with an address that cannot be used is refused in words', async () => {
    expect(await useProxy({ HTTPS_PROXY: 'proxy example' }, expect.fail)).toContain('HTTPS_PROXY');
    expect(await useProxy({}, expect.fail)).toBeUndefined();
  });

  test('a Node without proxy support prints a warning, and the program goes ahead', async () => {
    const warnings: string[] = [];
    const env = { HTTPS_PROXY: 'http://proxy.example.com:3128' };
    expect(
      await useProxy(
        env,
        (text) => warnings.push(text),
        async () => ({}),
      ),
    ).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('does not use the proxy in HTTPS_PROXY')]);
  });

  test('a Node 22 that was started with NODE_USE_ENV_PROXY=1 uses the proxy, so it prints no warning', async () => {
    const env = { HTTPS_PROXY: 'http://proxy.example.com:3128', NODE_USE_ENV_PROXY: '1' };
    // The Node of the tests knows the option, as 22.21 does.
    expect(await useProxy(env, expect.fail, async () => ({}))).toBeUndefined();
  });
});

test('a closed pipe ends the program, and other errors of an output are thrown', () => {
  const output = new EventEmitter();
  let ended = 0;
  endOnClosedPipe([output], () => {
    ended += 1;
  });
  output.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(ended).toBe(1);
  expect(() => output.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
});

test('errors of the operating system are put in words, with the path as it was given', () => {
  const missing = Object.assign(new Error('ENOENT: ...'), { code: 'ENOENT', syscall: 'open', path: '/tmp/o.json' });
  expect(formatSystemError(missing)).toBe('/tmp/o.json: there is no such file or folder');
  expect(formatSystemError(missing, 'o.json')).toBe('o.json: there is no such file or folder');
  expect(formatSystemError(Object.assign(new Error('odd'), { code: 'EODD', syscall: 'open' }))).toBe('odd');
});
