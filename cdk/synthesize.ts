import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import type { Template } from './read-template.ts';
import { RelicenseStack } from './relicense-stack.ts';

export interface SynthesizeOptions {
  /** Whether to bundle the functions' code. A reader of the template does not need it. */
  readonly bundle: boolean;
  readonly issuer?: string;
}

/**
 * The stack's CloudFormation template. Synthesis needs no network and no AWS account, and leaves no file behind.
 *
 * It skips CloudFormation's validation of templates, which takes several times as long as the synthesis. `cdk synth`, `cdk
 * deploy` and a test validate the template.
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
      context: featureFlags(),
    });
    const stack = new RelicenseStack(app, 'Relicense', { issuer, bundle });
    return app.synth().getStackByName(stack.stackName).template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** The flags in `cdk.json`, with which the CDK CLI synthesizes: some change the template. */
function featureFlags(): Record<string, unknown> {
  const text = readFileSync(join(import.meta.dirname, '..', 'cdk.json'), 'utf8');
  return Object.fromEntries(
    Object.entries(cdkJson.parse(JSON.parse(text)).context).filter(([name]) => name.includes(':')),
  );
}
