/** Writes the test vectors of the container protocol to `test/vectors/`: `node scripts/make-vectors.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { makeVectors } from './protocol-vectors.ts';

const FOLDER = new URL('../test/vectors/', import.meta.url);

await mkdir(FOLDER, { recursive: true });
for (const [name, vectors] of Object.entries(await makeVectors())) {
  await writeFile(new URL(name, FOLDER), `${JSON.stringify(vectors, null, 2)}\n`);
}
