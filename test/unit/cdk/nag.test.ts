import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { VALIDATE_AGAINST_DEFAULT_RULES } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, expect, test, vi } from 'vitest';
import { RelicenseStack, type RelicenseStackProps } from '../../../cdk/relicense-stack.ts';

const folders: string[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Checks {
  readonly nag?: true;
  readonly cloudFormation?: true;
}

function check(
  { nag, cloudFormation }: Checks,
  change?: (stack: RelicenseStack) => void,
  props?: Partial<RelicenseStackProps>,
): () => void {
  // The report goes to the standard output as well as into the error.
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const outdir = mkdtempSync(join(tmpdir(), 'relicense-nag-'));
  folders.push(outdir);
  const app = new App({
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: cloudFormation ?? false,
    context: { [VALIDATE_AGAINST_DEFAULT_RULES]: true },
  });
  const stack = new RelicenseStack(app, 'Relicense', { issuer: 'relicense', bundle: false, ...props });
  change?.(stack);
  if (nag) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return () => app.synth();
}

test('cdk-nag finds nothing in the stack', { timeout: 30_000 }, () => {
  expect(check({ nag: true })).not.toThrow();
});

/** Every part that exists only by a switch. */
const EVERYTHING: Partial<RelicenseStackProps> = {
  alarmEmail: 'operator@example.com',
  domain: { name: 'licenses.example.com', hostedZoneId: 'Z1' },
  tracing: true,
  gradual: true,
  monthlyBudget: { dollars: 50, email: 'operator@example.com' },
  reservedConcurrency: { bulk: 10 },
};

test('cdk-nag and CloudFormation accept a stack with every switch', { timeout: 30_000 }, () => {
  expect(check({ nag: true, cloudFormation: true }, undefined, EVERYTHING)).not.toThrow();
});

test('cdk-nag stops a stack with a grant that is too wide', { timeout: 30_000 }, () => {
  const widen = check({ nag: true }, (stack) => {
    new Role(stack, 'Wide', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }).addToPolicy(
      new PolicyStatement({ actions: ['dynamodb:*'], resources: ['*'] }),
    );
  });
  expect(widen).toThrow(expect.objectContaining({ name: 'ValidationFailed' }));
});

test('CloudFormation accepts the template', () => {
  expect(check({ cloudFormation: true })).not.toThrow();
});

test('CloudFormation rejects a template with an unknown property', () => {
  const misspelled = check({ cloudFormation: true }, (stack) => {
    new CfnResource(stack, 'Misspelled', { type: 'AWS::DynamoDB::Table', properties: { KeySchemas: [] } });
  });
  expect(misspelled).toThrow(expect.objectContaining({ name: 'ValidationFailed' }));
});
