/** `npm run keys`. */
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { kmsSigner } from '../functions/aws/kms-signer.ts';
import { endOnClosedPipe } from '../terminal/closed-pipe.ts';
import { EXIT } from '../terminal/exit.ts';
import { processIo } from '../terminal/process-io.ts';
import { runKeys } from './keys/command-line.ts';

endOnClosedPipe([process.stdout, process.stderr], () => process.exit(EXIT.done));

process.exitCode = await runKeys(process.argv.slice(2), {
  io: processIo(join(import.meta.dirname, '..')),
  kms: (keyIds) => kmsSigner(new KMSClient({}), keyIds),
}).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message || (error as Error).name}\n`);
  return EXIT.refused;
});
