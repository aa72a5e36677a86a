/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles. Lambda passes the credentials of a function's role in
 * environment variables. So the other sources (profiles, SSO, processes, metadata services) are never used, but cost 135 KB
 * and half of the time in which a function loads (docs/decisions/0011).
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
  if (value === undefined) {
    throw new Error(
      `The environment variable ${name} must be set. Lambda sets it; other hosts must not use this bundle`,
    );
  }
  return value;
}
