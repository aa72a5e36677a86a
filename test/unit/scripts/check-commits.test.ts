import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/check-commits.sh', import.meta.url));
const HOOK = fileURLToPath(new URL('../../../.githooks/commit-msg', import.meta.url));

/** A repository of its own, with these subjects on its main branch, oldest first. */
function repositoryWith(...subjects: readonly string[]) {
  const folder = temporaryFolder();
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: folder, env: environment, encoding: 'utf8' }).trim();
  const commitAt = (date: string, subject: string): void => {
    const env = { ...environment, GIT_COMMITTER_DATE: date };
    execFileSync('git', ['commit', '--quiet', '--allow-empty', '--message', subject], { cwd: folder, env });
  };
  const commit = (subject: string): void => commitAt('2026-12-02T00:00:00Z', subject);
  git('init', '--quiet', '--initial-branch=main');
  for (const subject of subjects) commit(subject);
  const check = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(SCRIPT, args, { cwd: folder, env: environment, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  };
  return { folder, git, commit, commitAt, check };
}

/** What the script says of a commit message. */
function checkMessage(message: string) {
  const file = join(temporaryFolder(), 'message');
  writeFileSync(file, message);
  const { status, stderr } = spawnSync(SCRIPT, ['--message', file], { encoding: 'utf8' });
  return { status, output: stderr };
}

const LONGEST = 'Pack'.padEnd(72, ' x');

test.each([
  LONGEST,
  'store: pack writes into transactions in one place',
  'Whole licenses are read at once',
  'Thatch the roof',
  'Whatever',
])('the commit subject "%s" is accepted', (subject) => {
  expect(checkMessage(subject).status).toBe(0);
});

test.each([
  [`${LONGEST}y`, '73 characters'],
  ['Pack writes into transactions.', 'full stop'],
  ['What stood in several places stands in one', 'begins with "what"'],
  ['who delivers an order does what waits for it', 'begins with "who"'],
  ['That is tested', 'begins with "that"'],
  ['Whoever asks gets an answer', 'begins with "whoever"'],
])('the commit subject "%s" is rejected: %s', (subject, fault) => {
  const { status, output } = checkMessage(`${subject}\n\nWhat the body says does not matter.\n`);
  expect(status).toBe(1);
  expect(output).toContain(fault);
});

test('each rejected subject of a range is counted', () => {
  const { status, output } = repositoryWith('Begin', 'What is new', 'That is all', 'End').check();
  expect(status).toBe(1);
  expect(output).toContain('4 commit subjects checked (HEAD), 2 rejected');
});

test('commits of a branch are checked from its fork point with origin/main on', () => {
  const { git, commit, check } = repositoryWith('What is on main is not checked');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  commit('Add a feature');
  expect(check().output).toContain('1 commit subjects checked');
  commit('What the branch adds is checked');
  expect(check().status).toBe(1);
});

test('commits of main are checked from the last tag on', () => {
  const { git, commit, check } = repositoryWith('What is released is not checked');
  git('tag', '--annotate', 'v1', '--message', 'v1');
  commit('Add a feature');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  expect(check()).toMatchObject({ status: 0, output: expect.stringContaining('1 commit subjects checked') });
});

test('commits from before December 2026 are never checked', () => {
  const { commit, check, commitAt } = repositoryWith();
  commitAt('2026-11-30T23:59:59Z', 'What is older is not checked');
  commit('Add a feature');
  expect(check()).toMatchObject({ status: 0, output: expect.stringContaining('1 commit subjects checked') });
});

test('the commit-msg hook rejects a bad subject and skips comment lines of the editor', () => {
  const { folder, git } = repositoryWith('Begin');
  for (const name of ['.githooks', 'scripts']) mkdirSync(join(folder, name));
  copyFileSync(HOOK, join(folder, '.githooks', 'commit-msg'));
  copyFileSync(SCRIPT, join(folder, 'scripts', 'check-commits.sh'));
  git('config', 'core.hooksPath', '.githooks');
  git('commit', '--quiet', '--allow-empty', '--message', '# A comment.\n\nAdd a feature');
  expect(() => git('commit', '--quiet', '--allow-empty', '--message', 'What is new')).toThrow('begins with "what"');
  expect(git('rev-list', '--count', 'HEAD')).toBe('2');
});
