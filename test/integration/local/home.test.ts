import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clearHome, openHome, reasonOf } from '../../../local/home.ts';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

test('only one process can lock a home; a second one is refused until the first releases it', () => {
  const folder = temporaryFolder();
  const first = openHome(folder);
  expect(() => openHome(folder)).toThrow(expect.objectContaining({ code: 'home-in-use' }));
  first.release();
  openHome(folder).release();
});

test('a home is unlocked as soon as its process is killed', async () => {
  const folder = temporaryFolder();
  // The lock stays, although nothing refers to the home and garbage is collected.
  const program = `import { openHome } from '${REPOSITORY}/local/home.ts'; openHome('${folder}'); setImmediate(() => { gc(); console.log('held'); }); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module-typescript', '-e', program]);
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  expect(() => openHome(folder)).toThrow(expect.objectContaining({ code: 'home-in-use' }));

  holder.kill('SIGKILL');
  await once(holder, 'exit');
  openHome(folder).release();
});

test('a home that cannot be created is refused with home-unusable', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => openHome(join(folder, 'file', 'home'))).toThrow(expect.objectContaining({ code: 'home-unusable' }));
});

test.each([
  ['EROFS', (folder: string) => `${folder} is on a read-only file system.`],
  ['EACCES', (folder: string) => `this user may not write to ${folder}.`],
  ['ELOOP', () => 'ENOENT: no such file'],
])('the message for a home under a folder that refuses with %s names the cause', (code, message) => {
  const folder = temporaryFolder();
  const refuse = () => {
    throw Object.assign(new Error(code), { code });
  };
  expect(reasonOf(new Error('ENOENT: no such file'), join(folder, 'a', 'b'), refuse)).toBe(message(folder));
});

test('a home that is a file is refused, and the message says that it is a file', () => {
  const file = join(temporaryFolder(), 'home');
  writeFileSync(file, '');
  expect(() => openHome(file)).toThrow(`${file} is a file, not a folder.`);
});

test.runIf(process.platform === 'linux')(
  'npm start with a home below /proc ends with a message, where Node itself would try for ever',
  async () => {
    const program = spawn(process.execPath, [join(REPOSITORY, 'local/main.ts')], {
      env: { ...process.env, RELICENSE_HOME: '/proc/relicense', PORT: '0' },
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    let said = '';
    program.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    const [code] = await once(program, 'close');
    expect({ code, said }).toEqual({
      code: 1,
      said: 'The state folder /proc/relicense could not be created: no folder can be created in /proc. RELICENSE_HOME chooses another folder.\n',
    });
  },
);

test.each([
  ['ENOSPC', { code: 'ENOSPC' }],
  ['SQLITE_FULL', { errcode: 13 }],
])('the message for a home on a full disk says that it is full, by %s', (_, members) => {
  const folder = temporaryFolder();
  expect(reasonOf(Object.assign(new Error('disk I/O error'), members), folder)).toBe(`the disk of ${folder} is full.`);
});

test('only its owner can read a new home', () => {
  const folder = join(temporaryFolder(), 'deep', 'home');
  openHome(folder).release();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('clearing a home deletes its state and keeps other files', () => {
  const folder = temporaryFolder();
  for (const name of ['table.db', 'table.db-wal', 'executions.db', 'token', 'signing-keys.json', 'token.0a1b.draft'])
    writeFileSync(join(folder, name), 'ours');
  for (const name of ['thesis.txt', 'table.db.backup', 'tokens']) writeFileSync(join(folder, name), 'theirs');
  const home = openHome(folder);
  onTestFinished(home.release);

  expect(clearHome(home).sort()).toEqual([
    'executions.db',
    'signing-keys.json',
    'table.db',
    'table.db-wal',
    'token',
    'token.0a1b.draft',
  ]);
  expect(['thesis.txt', 'table.db.backup', 'tokens', 'token'].map((name) => existsSync(join(folder, name)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
