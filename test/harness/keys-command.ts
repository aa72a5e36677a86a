import type { Signer } from '../../functions/dependencies.ts';
import { runKeys } from '../../local/keys/command-line.ts';
import { combined } from '../../local/keys/key-file.ts';

export interface KeysRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `npm run keys -- <argv>` in this process. @param kms the keys in KMS by their ids; none unless given */
export async function keysCommand(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
  kms: Readonly<Record<string, Signer>> = {},
): Promise<KeysRun> {
  let out = '';
  let err = '';
  const exit = await runKeys(argv, {
    io: {
      env,
      folder: '/',
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      stdout: { isTerminal: false },
      stderr: { isTerminal: false },
    },
    kms: (keyIds) =>
      combined(
        keyIds.map((id) => {
          const signer = kms[id];
          if (signer === undefined) throw new Error(`KMS has no key ${id}`);
          return signer;
        }),
      ),
  });
  return { exit, out, err };
}
