/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles. Lambda always gives a function its role's credentials by
 * environment, so that the ways of a developer's machine (profiles, SSO, processes, metadata services) are dead weight:
 * 135 KB and half of the time it takes to load a function (docs/decisions/0011).
 */
export function defaultProvider(): () => Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}> {
  return async () => ({
    accessKeyId: required('AWS_ACCESS_KEY_ID'),
    secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env.AWS_SESSION_TOKEN,
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this is not Lambda`);
  return value;
}
