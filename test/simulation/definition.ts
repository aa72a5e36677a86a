import { type Definition, readStateMachineDefinition } from '../../cdk/read-template.ts';
import { stackTemplate } from '../../cdk/stack-template.ts';

/** The state machine as it is deployed. */
export async function synthesizedDefinition(): Promise<Definition> {
  return readStateMachineDefinition(await stackTemplate());
}
