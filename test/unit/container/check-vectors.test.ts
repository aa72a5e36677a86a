import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CheckResult, Container, type Trust } from '../../../container/index.ts';
import type { CheckAnswer } from '../../../scripts/vectors/checks.ts';
import { readVectors } from '../protocol/run-vectors.ts';
import { newFolder } from './folder.ts';

const { trusts, files, cases } = readVectors()['check.json'];

/** A program that cannot open the file has the reason `file-damaged`, as the command `check` has. */
async function check(text: string, trust: Trust, product: string, options: object): Promise<CheckResult> {
  const path = join(await newFolder(), 'container.json');
  await writeFile(path, text, { mode: 0o600 });
  try {
    return await (await Container.open(path, { trust })).check(product, options);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ContainerError' });
    return { ok: false, reason: 'file-damaged' };
  }
}

/** The vectors have times in seconds. */
function secondsIn(result: CheckResult): CheckAnswer {
  if (!result.ok) return result;
  const { until, provenAt, ...rest } = result;
  const seconds = (time: string): number => Date.parse(time) / 1000;
  return { ...rest, ...(until === undefined ? {} : { until: seconds(until) }), provenAt: seconds(provenAt) };
}

test.each(cases)('a program that asks check() has the answer of the vector: $name', async (one) => {
  const { feature, released, now, product } = one;
  const options = { feature, released, now: now * 1000 };
  const result = await check(files[one.file] ?? expect.fail(), trusts[one.trust] ?? expect.fail(), product, options);
  expect(secondsIn(result)).toEqual(one.answer);
});
