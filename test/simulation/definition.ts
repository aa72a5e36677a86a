import { type Definition, readStateMachineDefinition } from '../../cdk/read-template.ts';
import { stackTemplate } from '../../cdk/stack-template.ts';

/** The synthesized state machine. */
export async function synthesizedDefinition(): Promise<Definition> {
  return readStateMachineDefinition(await stackTemplate());
}
