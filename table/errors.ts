/** The errors of the table. Those that DynamoDB has are the SDK's own classes or have DynamoDB's names. */
import {
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';

type Item = Readonly<Record<string, unknown>>;

/** A request that DynamoDB refuses as invalid. */
export class ValidationException extends Error {
  override readonly name = 'ValidationException';
}

/** A command, member or expression that this table does not know. DynamoDB may well know it: it is a bug to send it. */
export class UnsupportedByTable extends Error {
  override readonly name = 'UnsupportedByTable';
}

export function conditionFailed(item: Item | undefined): ConditionalCheckFailedException {
  const error = new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed' });
  // The document client returns plain values here, whatever the type says.
  if (item !== undefined) Object.assign(error, { Item: item });
  return error;
}

/** Why one write of a transaction was refused, or `None`. */
export interface CancellationReason {
  /** This table gives the first three; the others are DynamoDB's, for tests that simulate them. */
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError' | 'TransactionConflict' | 'ThrottlingError';
  readonly Message?: string;
  readonly Item?: Item;
}

/** The answer to a transaction of which some conditions did not hold. */
export function transactionCanceled(reasons: readonly CancellationReason[]): TransactionCanceledException {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new TransactionCanceledException({
    $metadata: {},
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons as never,
  });
}

export function tokenReused(): IdempotentParameterMismatchException {
  return new IdempotentParameterMismatchException({
    $metadata: {},
    message: 'The client request token was used before, with another request',
  });
}
