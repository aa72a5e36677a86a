import type { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface SigningKeyProps {
  /** What becomes of the key with the stack. Containers pin it: without it no update can ever reach them again. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The vendor's update key: Ed25519 in KMS. `ED25519_SHA_512` with message type RAW is the one way of signing that is
 * allowed, because it is plain RFC 8032, which `alg: EdDSA` of the update's JWS means (design, section 4).
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

  /** Lets one role sign, and nobody else in the account, whatever its own policies say. Call it once. */
  allowSigningOnlyBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'SignUpdates',
        actions: ['kms:Sign'],
        resources: [this.key.keyArn],
        conditions: {
          StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' },
        },
      }),
    );
    // An administrator's `kms:*` would otherwise be enough to make updates that every container accepts. Changing this
    // policy stays possible for the account, so the key cannot be lost.
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyElseSigns',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:Sign'],
        resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': role.roleArn } },
      }),
    );
  }

  allowReadingPublicKeyBy(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({ sid: 'ReadPublicKey', actions: ['kms:GetPublicKey'], resources: [this.key.keyArn] }),
    );
  }
}
