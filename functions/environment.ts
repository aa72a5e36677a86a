/** The one file of this folder that reads the environment; the stack sets it. */

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment lacks ${name}`);
  return value;
}

export const environment = {
  tableName: (): string => required('TABLE_NAME'),
  stateMachineArn: (): string => required('STATE_MACHINE_ARN'),
  deliveryStateMachineArn: (): string => required('DELIVERY_STATE_MACHINE_ARN'),
  signingKeyId: (): string => required('SIGNING_KEY_ID'),
  issuer: (): string => required('ISSUER'),
};
