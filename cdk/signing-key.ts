import type { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, Grant, type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface SigningKeyProps {
  /** What CloudFormation does with the key when the stack is deleted. Containers accept only updates that it signed. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The vendor's update key: Ed25519 in KMS. Only `ED25519_SHA_512` with message type RAW is allowed, because it is plain RFC
 * 8032, which `alg: EdDSA` in the update's JWS means (design, section 4).
 */
export class SigningKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: SigningKeyProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Signs the updates that reprogram containers',
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: props.removalPolicy,
    });
  }

  /** Lets these roles sign and denies it to every other principal of the account, whatever its policies. Call it once. */
  grantSignExclusively(...grantees: readonly IRole[]): void {
    for (const grantee of grantees) {
      Grant.addToPrincipal({
        grantee,
        actions: ['kms:Sign'],
        resourceArns: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' } },
      });
    }
    // Otherwise an administrator's `kms:*` would be enough to sign updates that every container accepts. The account can
    // still change this policy, so the key cannot be lost.
    this.key.addToResourcePolicy(
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

  grantReadPublicKey(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['kms:GetPublicKey'], resourceArns: [this.key.keyArn] });
  }
}
