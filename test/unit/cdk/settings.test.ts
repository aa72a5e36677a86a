import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { CONTEXT_NAMES, readSettings } from '../../../cdk/settings.ts';

const PRODUCTION = { stage: 'prod', issuer: 'https://licenses.example.com', alarmEmail: 'operator@example.com' };
const DOMAIN = { domainName: 'licenses.example.com', hostedZoneId: 'Z0123456789' };

describe('the settings of a deployment', () => {
  test('settings without a context are those of the development stage, which leaves nothing behind', () => {
    const { stage, props, warnings } = readSettings({});
    expect(stage).toBe('dev');
    expect(props).toMatchObject({ issuer: 'relicense-dev', removalPolicy: RemovalPolicy.DESTROY, protectTable: false });
    expect(warnings).toEqual([]);
  });

  test('settings of production keep the data, but nothing of a first deployment that failed', () => {
    const { props } = readSettings({ ...PRODUCTION, ...DOMAIN });
    expect(props).toMatchObject({ removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, protectTable: true });
    expect(readSettings({ ...PRODUCTION, firstDeployment: 'true' }).props.protectTable).toBe(false);
  });

  test('settings of production without an own domain come with a warning, because containers keep the address', () => {
    expect(readSettings(PRODUCTION).warnings).toEqual([expect.stringContaining('domainName')]);
    expect(readSettings({ ...PRODUCTION, ...DOMAIN }).warnings).toEqual([]);
  });

  test('settings are read from texts of the command line and from lists and objects of cdk.json', () => {
    const arn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef';
    const streamArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/restored/stream/2026-11-30T00:00:00.000';
    const { props } = readSettings({
      ...PRODUCTION,
      ...DOMAIN,
      updateKeys: `1, ${arn}`,
      tableName: 'restored',
      tableStreamArn: streamArn,
      corsOrigins: ['https://shop.example.com'],
      overdueAfterDays: 14,
      callerRequestsPerMinute: '0',
      requestsPerSecond: '2000',
      tracing: 'true',
      concurrencyQuota: 3000,
      monthlyBudget: '50',
      reservedConcurrency: { bulk: 10, delivery: 20 },
      oidcIssuer: 'https://id.example.com',
      oidcAudience: 'relicense',
      oidcScopeMap: { staff: ['all'] },
      '@aws-cdk/core:target-partitions': ['aws'],
      'aws:cdk:enable-asset-metadata': true,
    });
    expect(props).toMatchObject({
      domain: { name: 'licenses.example.com', hostedZoneId: 'Z0123456789' },
      updateKeys: ['1', arn],
      existingTable: { name: 'restored', streamArn },
      corsOrigins: 'https://shop.example.com',
      overdueAfterDays: 14,
      limits: { callerRequestsPerMinute: 0 },
      requestsPerSecond: 2000,
      tracing: true,
      concurrencyQuota: 3000,
      monthlyBudget: { dollars: 50, email: 'operator@example.com' },
      reservedConcurrency: { bulk: 10, delivery: 20 },
      identityProvider: { issuer: 'https://id.example.com', scopeMap: '{"staff":["all"]}' },
    });
  });

  test.each([
    ['an address that is not one', { alarmEmail: 'notamail' }, 'alarmEmail must be an e-mail address; got "notamail"'],
    ['a misspelled name', { alarmMail: 'operator@example.com' }, 'The context "alarmMail" is unknown'],
    ['a stage that is not a name', { stage: '1st' }, 'stage must be letters, digits and hyphens; got "1st"'],
    ['a domain with a scheme', { domainName: 'https://a.example.com', hostedZoneId: 'Z1' }, 'domainName must be'],
    ['a domain without a certificate', { domainName: 'a.example.com' }, 'domainName needs hostedZoneId'],
    ['a zone without a domain', { hostedZoneId: 'Z1' }, 'hostedZoneId needs domainName'],
    [
      'a certificate that is not an ARN',
      { domainName: 'a.example.com', certificateArn: 'x' },
      'certificateArn must be',
    ],
    ['a table without its stream', { tableName: 'restored' }, 'tableName and tableStreamArn must be given together'],
    [
      'the stream of another table',
      { tableName: 'b', tableStreamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/aaa/stream/1' },
      'tableName must be the name of a table; got "b"',
    ],
    [
      'the stream of a table with another name',
      { tableName: 'bbb', tableStreamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/aaa/stream/1' },
      'tableStreamArn must be of the table "bbb"',
    ],
    ['a key twice', { updateKeys: '1,1' }, 'updateKeys must be different numbers or ARNs'],
    ['an alias of a key', { rootKeys: 'alias/root' }, 'rootKeys must be different numbers or ARNs'],
    ['no days', { overdueAfterDays: '0' }, 'overdueAfterDays must be a whole number, at least 1'],
    ['a fraction', { overdueAfterDays: 1.5 }, 'overdueAfterDays must be a whole number'],
    ['a limit in words', { addressRequestsPerMinute: 'many' }, 'addressRequestsPerMinute must be a whole number'],
    ['a function that does not exist', { reservedConcurrency: 'mail=3' }, 'reservedConcurrency must be a list'],
    ['no concurrency at all', { reservedConcurrency: 'depot=0' }, 'reservedConcurrency must be a list'],
    ['a budget without an address', { monthlyBudget: 10 }, 'monthlyBudget needs alarmEmail'],
    ['a flag in other words', { bundle: 'no' }, 'bundle must be true or false; got "no"'],
    ['an origin with a path', { corsOrigins: 'https://a.example.com/shop' }, 'corsOrigins must be'],
    ['an audience without an issuer', { oidcAudience: 'a' }, 'oidcIssuer'],
  ])('settings with %s are refused before CloudFormation gets them', (_, context, message) => {
    expect(() => readSettings(context)).toThrow(message);
  });

  test('settings of a stage other than dev need an issuer and an address for alarms, and every mistake is named at once', () => {
    expect(() => readSettings({ stage: 'prod', bundle: 'no' })).toThrow(
      /- Stage "prod" needs the issuer.*\n- Stage "prod" needs an address for its alarms.*\n- bundle must be/,
    );
  });

  test('have names that docs/deploy.md describes', () => {
    const page = readFileSync('docs/deploy.md', 'utf8');
    for (const name of CONTEXT_NAMES) expect(page).toContain(`\`${name}`);
  });
});
