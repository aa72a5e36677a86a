import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Template } from './read-template.ts';
import { RelicenseStack } from './relicense-stack.ts';

export interface SynthesizeOptions {
  /** Whether the functions' code is bundled too, which a reader of the template has no use for. */
  readonly bundle: boolean;
  readonly issuer?: string;
}

/**
 * The stack's CloudFormation template, made in this process without a network, an account or a trace on the disk.
 *
 * CloudFormation's own validation of templates stays with `cdk synth` and `cdk deploy`, and with a test: it takes several
 * times as long as all the rest, and a machine that is not AWS has no use for it.
 */
export function synthesize({ bundle, issuer = 'relicense' }: SynthesizeOptions): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'relicense-synth-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      treeMetadata: false,
      stackTraces: false,
      builtinCloudFormationValidation: false,
    });
    const stack = new RelicenseStack(app, 'Relicense', { issuer, bundle });
    return app.synth().getStackByName(stack.stackName).template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
