import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, test } from 'vitest';
import * as client from './independent-client.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { type IndependentClient, readVectors, type Vector, vectorsOf } from './run-vectors.ts';

const VECTORS = vectorsOf(readVectors());
const SOURCE = readFileSync(new URL('./independent-client.ts', import.meta.url), 'utf8');
/** The point of a signature does not depend on a mutant. */
const POINTS: client.Points = { sums: new Map(), decoded: new Map() };

client.sharePoints(POINTS);

/** The client in JavaScript. Spaces replace the types, so each character is where it is in the source. */
const STRIPPED = stripTypeScriptTypes(SOURCE);
const EXPORTED = [...SOURCE.matchAll(/^export function (\w+)/gm)].map(([, name]) => name).join(', ');

type Run = (...imports: readonly unknown[]) => IndependentClient;

function compile(javaScript: string): Run {
  const body = javaScript.replace(/^import .*$/gm, '').replace(/^export /gm, '');
  return new Function('createHash', 'createPrivateKey', 'sign', `${body}\nreturn { ${EXPORTED} };`) as Run;
}

function load(run: Run): IndependentClient {
  const loaded = run(createHash, createPrivateKey, sign);
  loaded.sharePoints(POINTS);
  return loaded;
}

/** The client with one change. Stripping the whole source again is slow, and only a change with types in it needs it. */
function mutate({ from, to }: Pick<Mutant, 'from' | 'to'>): IndependentClient {
  const at = SOURCE.indexOf(from);
  const changed = (source: string): string => source.slice(0, at) + to + source.slice(at + from.length);
  try {
    return load(compile(changed(STRIPPED)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return load(compile(stripTypeScriptTypes(changed(SOURCE))));
  }
}

function isPassed(vector: Vector, by: IndependentClient): boolean {
  try {
    return vector.passes(by);
  } catch {
    return false;
  }
}

test('no two vectors have the same name', () => {
  expect(new Set(VECTORS.map(({ name }) => name)).size).toBe(VECTORS.length);
});

test.each(VECTORS)('the independent client gives the answer of the vector: $name', (vector) => {
  expect(vector.passes(client)).toBe(true);
});

describe('a client that breaks one rule of the page', () => {
  test('the client without a change passes every vector when it is loaded as a mutant is', () => {
    const same = load(compile(STRIPPED));
    expect(VECTORS.filter((vector) => !isPassed(vector, same)).map(({ name }) => name)).toEqual([]);
  });

  test('there are more than 200 mutants, and each changes the client in one place', () => {
    expect(MUTANTS.length).toBeGreaterThan(200);
    expect(MUTANTS.filter(({ from }) => SOURCE.split(from).length !== 2).map(({ name }) => name)).toEqual([]);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test.each(MUTANTS)('fails the vector of the rule: $name', ({ caughtBy, ...change }) => {
    const changed = mutate(change);
    const catcher = VECTORS.find(({ name }) => name === caughtBy) ?? expect.fail(`No such vector: ${caughtBy}`);
    expect(isPassed(catcher, changed)).toBe(false);
  });
});
