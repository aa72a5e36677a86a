import type { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, Grant, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface SigningKeysProps {
  /**
   * Names of the keys: a number, such as `1`, for a KMS key of this stack, which exists as long as its number is in this list, or the
   * ARN of a KMS key that exists already, such as one that an earlier stack has kept.
   */
  readonly names: readonly string[];
  /** What CloudFormation does with the keys when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** The name of the first key of a deployment. */
export const FIRST_KEY = '1';

/** The condition of a signature: plain RFC 8032, which `alg: Ed25519` in a JWS means. */
const ED25519 = { StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' } };

/**
 * The vendor's update keys: Ed25519 in KMS. There is one, and two while it is changed. Only `ED25519_SHA_512` with message type
 * RAW is allowed (design, section 4).
 */
export class SigningKeys extends Construct {
  private readonly keys: readonly NamedKey[];

  constructor(scope: Construct, id: string, { names, removalPolicy }: SigningKeysProps) {
    super(scope, id);
    this.keys = names.map((name) => keyNamed(this, name, 'Signs the updates and leases of containers', removalPolicy));
  }

  /** Ids of the keys, with commas: for an existing key its ARN. */
  get keyIds(): string {
    return this.keys.map(({ id }) => id).join(',');
  }

  /**
   * Lets these roles sign and read the public keys, and denies signing to every other principal of the account, whatever its
   * policies. Call it once. The policy of an existing key is not part of the stack: the operator writes it (docs/deploy.md).
   */
  grantSignExclusively(grantees: readonly IRole[]): void {
    const resourceArns = this.keys.map(({ key }) => key.keyArn);
    for (const grantee of grantees) {
      Grant.addToPrincipal({ grantee, actions: ['kms:Sign'], resourceArns, conditions: ED25519 });
      Grant.addToPrincipal({ grantee, actions: ['kms:GetPublicKey'], resourceArns });
    }
    // Otherwise an administrator's `kms:*` would be enough to sign updates that every container accepts. The account can
    // still change this policy, so the key cannot be lost.
    for (const { key } of this.keys) {
      key.addToResourcePolicy(
        new PolicyStatement({
          sid: 'NobodyElseSigns',
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['kms:Sign'],
          resources: ['*'],
          conditions: { ArnNotEquals: { 'aws:PrincipalArn': grantees.map(({ roleArn }) => roleArn) } },
        }),
      );
    }
  }
}

/**
 * The vendor's root keys: Ed25519 in KMS. They sign key sets. Only the operator uses them, with the own AWS credentials: no role
 * of the stack may.
 */
export class RootKeys extends Construct {
  private readonly keys: readonly NamedKey[];

  constructor(scope: Construct, id: string, { names, removalPolicy }: SigningKeysProps) {
    super(scope, id);
    this.keys = names.map((name) => keyNamed(this, name, 'Signs the vendor’s key sets', removalPolicy));
  }

  /** Ids of the keys, with commas: for an existing key its ARN. */
  get keyIds(): string {
    return this.keys.map(({ id }) => id).join(',');
  }

  /**
   * Denies every use to these roles, whatever their policies. Call it once, with every role of the stack. The policy of an existing
   * key is not part of the stack, and no policy of the stack names the key.
   */
  denyTo(roles: readonly IRole[]): void {
    for (const { key } of this.keys) {
      key.addToResourcePolicy(
        new PolicyStatement({
          sid: 'NoRoleOfTheStack',
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['kms:*'],
          resources: ['*'],
          conditions: { ArnEquals: { 'aws:PrincipalArn': roles.map(({ roleArn }) => roleArn) } },
        }),
      );
    }
  }
}

/** The logical id of the first key has no number. */
function nameOf(name: string): string {
  return name === FIRST_KEY ? 'Key' : `Key${name}`;
}

interface NamedKey {
  readonly key: IKey;
  /** What `KeyId` is in a request to KMS. */
  readonly id: string;
}

function keyNamed(scope: Construct, name: string, description: string, removalPolicy: RemovalPolicy): NamedKey {
  if (name.startsWith('arn:')) {
    const [, existing = name] = name.split(':key/');
    return { key: Key.fromKeyArn(scope, `Existing-${existing}`, name), id: name };
  }
  const key = new Key(scope, nameOf(name), {
    description,
    keySpec: KeySpec.ECC_NIST_EDWARDS25519,
    keyUsage: KeyUsage.SIGN_VERIFY,
    // KMS cannot convert a key later. Without it, a lost region would end all updates, because no key can be exported.
    multiRegion: true,
    removalPolicy,
  });
  return { key, id: key.keyId };
}
