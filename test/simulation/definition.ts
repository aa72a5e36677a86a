import { type Definition, readStateMachineDefinition } from '../../cdk/read-template.ts';
import { synthesize } from '../../cdk/synthesize.ts';

/** The state machine as it is deployed. */
export function synthesizedDefinition(): Definition {
  return readStateMachineDefinition(synthesize({ bundle: false }));
}
