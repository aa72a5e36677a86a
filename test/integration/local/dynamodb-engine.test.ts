import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readTable } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { type Engine, startEngine } from '../../../local/dynamodb-engine.ts';
import { findEngineBinary } from '../../../local/engine-binary.ts';
import { findFreePort } from '../../../local/free-port.ts';
import { findEngines } from '../../../local/orphaned-engine.ts';
import { ensureTable } from '../../../local/table.ts';
import { connectTable } from '../../../local/table-client.ts';
import { isAlive } from '../../harness/embedded-runtime.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const TABLE = 'relicense';
const KEY = { pk: { S: 'a' }, sk: { S: 'b' } };

async function start(database: string | undefined, onLost = (error: Error) => expect.unreachable(error.message)) {
  const notify = vi.fn<(message: string) => void>();
  const engine = await startEngine({ database, notify, onLost });
  onTestFinished(() => engine.close());
  const table = connectTable(engine.endpoint);
  onTestFinished(table.close);
  return { engine, notify, client: table.client };
}

function pidOf(engine: Engine): number {
  const pid = engine.pid();
  if (pid === undefined) throw new Error('The engine has no child process');
  return pid;
}

test('the table has the keys, the index, the stream and the time to live of the template', async () => {
  const { client } = await start(undefined);
  const table = readTable(await stackTemplate());
  await ensureTable(client, TABLE, table);
  await ensureTable(client, TABLE, table);
  await client.send(new PutItemCommand({ TableName: TABLE, Item: KEY }));
  expect((await client.send(new GetItemCommand({ TableName: TABLE, Key: KEY }))).Item).toEqual(KEY);
});

test('a table with other keys is refused with table-failed', async () => {
  const { client } = await start(undefined);
  const table = readTable(await stackTemplate());
  await ensureTable(client, TABLE, {
    ...table,
    create: {
      ...table.create,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: undefined as never,
    },
  });
  await expect(ensureTable(client, TABLE, table)).rejects.toMatchObject({ code: 'table-failed' });
});

test('if the engine does not answer, the error names its table', async () => {
  const table = connectTable(`http://127.0.0.1:${await findFreePort()}`);
  onTestFinished(table.close);
  await expect(ensureTable(table.client, TABLE, readTable(await stackTemplate()))).rejects.toMatchObject({
    code: 'table-failed',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('closing ends the engine, and the next engine has its data', async () => {
  const database = join(temporaryFolder(), 'table.db');
  const first = await start(database);
  const pid = pidOf(first.engine);
  await ensureTable(first.client, TABLE, readTable(await stackTemplate()));
  await first.client.send(new PutItemCommand({ TableName: TABLE, Item: KEY }));
  await first.engine.close();
  expect(isAlive(pid)).toBe(false);

  const second = await start(database);
  expect((await second.client.send(new GetItemCommand({ TableName: TABLE, Key: KEY }))).Item).toEqual(KEY);
});

test('a killed engine restarts at the same address with all committed data', async () => {
  const { engine, notify, client } = await start(join(temporaryFolder(), 'table.db'));
  await ensureTable(client, TABLE, readTable(await stackTemplate()));
  await client.send(new PutItemCommand({ TableName: TABLE, Item: KEY }));
  const before = pidOf(engine);

  process.kill(before, 'SIGKILL');
  await vi.waitFor(() => expect(pidOf(engine)).not.toBe(before), 10_000);
  await vi.waitFor(
    async () => expect((await client.send(new GetItemCommand({ TableName: TABLE, Key: KEY }))).Item).toEqual(KEY),
    10_000,
  );
  expect(notify).toHaveBeenCalledOnce();
});

test('a killed engine in memory does not restart, because its data is lost', async () => {
  const onLost = vi.fn<(error: Error) => void>();
  const { engine } = await start(undefined, onLost as never);
  process.kill(pidOf(engine), 'SIGKILL');
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce(), 10_000);
  expect(onLost.mock.calls[0]?.[0]).toMatchObject({ code: 'engine-failed' });
});

test('an engine that dies a fourth time within a minute does not restart', async () => {
  const onLost = vi.fn<(error: Error) => void>();
  const { engine, notify } = await start(join(temporaryFolder(), 'table.db'), onLost as never);
  await vi.waitFor(
    () => {
      const pid = pidOf(engine);
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      expect(onLost).toHaveBeenCalledOnce();
    },
    { timeout: 30_000, interval: 50 },
  );
  expect(notify).toHaveBeenCalledTimes(3);
});

test('an orphaned engine is ended before the next engine opens its file', async () => {
  const database = join(temporaryFolder(), 'table.db');
  const orphan = spawn(findEngineBinary(), ['--port', String(await findFreePort()), '--db-path', database]);
  onTestFinished(() => void orphan.kill('SIGKILL'));
  await once(orphan.stderr, 'data');
  const other = await start(join(temporaryFolder(), 'table.db'));
  expect(await findEngines(database)).toEqual([orphan.pid]);

  const gone = once(orphan, 'exit');
  const { engine, notify } = await start(database);
  expect((await gone)[1]).toBe('SIGKILL');
  expect(await findEngines(database)).toEqual([engine.pid()]);
  expect(notify).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(String(orphan.pid)));
  expect(isAlive(pidOf(other.engine))).toBe(true);
});

test('the error of a missing engine names the package and the alternative', () => {
  expect(() => findEngineBinary('sunos', 'sparc')).toThrow(
    expect.objectContaining({
      code: 'engine-missing',
      message: expect.stringMatching(/@dynoxide\/sunos-sparc[\s\S]*DYNAMODB_ENDPOINT/),
    }),
  );
});

test('the error of an engine that does not start contains its output', async () => {
  const binary = join(temporaryFolder(), 'dynoxide');
  writeFileSync(binary, '#!/bin/sh\necho no room left >&2\nexit 3\n');
  chmodSync(binary, 0o755);
  await expect(
    startEngine({ database: undefined, notify: () => undefined, onLost: () => undefined, binary }),
  ).rejects.toMatchObject({ code: 'engine-failed', message: expect.stringMatching(/exit code 3: no room left/) });
});
