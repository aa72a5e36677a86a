/** The first `check` of a fresh process, beside what Node needs to parse and write the same file as JSON. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Container } from '../container/index.ts';
import {
  assembleJws,
  type Content,
  digestOf,
  type KeyWithId,
  keySetSigningInput,
  normalizeContent,
  type SignedKeySet,
  START,
  type Update,
  updateSigningInput,
} from '../protocol/index.ts';

export interface CheckTimes {
  readonly licenses: number;
  /** JSON.parse and JSON.stringify of the container file. */
  readonly baseline: number;
  readonly open: number;
  readonly first: number;
  /** Open and the first check together, in the fastest round. */
  readonly best: number;
  readonly repeated: number;
}

const run = promisify(execFile);
const ROUNDS = 5;

/** Milliseconds, each the median of five fresh processes. */
export async function measureCheck(counts: readonly number[], report: (times: CheckTimes) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'relicense-bench-'));
  try {
    for (const licenses of counts) {
      const vendor = newVendor();
      const keys = { keySets: [vendor.keySet] };
      const [path, keysPath] = [join(folder, `${licenses}.json`), join(folder, `${licenses}-keys.json`)];
      await writeFile(keysPath, JSON.stringify(keys));
      const container = await Container.create({ path, keys });
      const applied = await container.apply({ updates: [await vendor.fill(container.serial, licenses)] });
      if (!applied.ok) throw new Error(`The update was refused: ${applied.code}`);
      const rounds: number[][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { stdout } = await run(process.execPath, [
          join(import.meta.dirname, 'container-check-child.ts'),
          path,
          keysPath,
        ]);
        rounds.push(JSON.parse(stdout));
      }
      const [baseline = 0, open = 0, first = 0, repeated = 0] = [0, 1, 2, 3].map(
        (column) => rounds.map((round) => round[column] ?? 0).sort((one, other) => one - other)[ROUNDS >> 1] ?? 0,
      );
      const best = Math.min(...rounds.map(([, opened = 0, checked = 0]) => opened + checked));
      report({ licenses, baseline, open, first, best, repeated });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const ISSUER = 'bench';
const KID = 'key';

interface Vendor {
  readonly keySet: SignedKeySet;
  /** The first update of a container: it puts so many licenses into it. */
  fill(serial: string, licenses: number): Promise<Update>;
}

function newVendor(): Vendor {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = privateKey.export({ format: 'jwk' });
  const key: KeyWithId = { kty: 'OKP', crv: 'Ed25519', x, kid: KID };
  const iat = Math.floor(Date.now() / 1_000);
  const payload = { iss: ISSUER, version: 1, iat, root: { threshold: 1, keys: [key] }, update: [key] };
  return {
    keySet: { jws: [signed(keySetSigningInput({ kid: KID, payload }), privateKey)] },
    async fill(serial, count) {
      const terms = { expiresAt: '2099-01-01T00:00:00Z', features: ['render', 'animation'], leaseDays: 30 };
      const licenses = Array.from({ length: count }, (_, index) => ({
        id: `L${String(index).padStart(19, '0')}`,
        product: index === count - 1 ? 'last' : 'cad',
        terms,
        requires: [],
      }));
      const content: Content = normalizeContent({ counter: 1, licenses });
      const to = { counter: 1, digest: await digestOf(content) };
      const update = { iss: ISSUER, sub: serial, jti: 'bench', iat, from: START, to };
      return {
        jws: signed(updateSigningInput({ kid: KID, payload: update }), privateKey),
        operations: licenses.map((license) => ({ op: 'put', license, cause: 'activate' })),
      };
    },
  };
}

function signed(input: string, key: KeyObject): string {
  return assembleJws(input, sign(null, Buffer.from(input), key));
}
