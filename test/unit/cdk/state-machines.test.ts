import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { describe, expect, test } from 'vitest';
import { readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';

const template = await stackTemplate();

/** Validates a definition as Step Functions does: the schema of the language, each path and each transition. */
function validate(definition: object): void {
  new StateMachine(definition as StateMachineDefinition, { validationOptions: { checkArn: false } });
}

describe.each(['workflow', 'bulk', 'delivery'] as const)('the %s state machine', (name) => {
  const definition = readStateMachineDefinition(template, name);

  test('is valid Amazon States Language', () => {
    expect(() => validate(definition)).not.toThrow();
  });

  test('is refused after a change to an unknown start state', () => {
    expect(() => validate({ ...definition, StartAt: 'Nowhere' })).toThrow('Nowhere');
  });

  test('is refused after a change to an unknown type of state', () => {
    const States = { ...definition.States, [definition.StartAt]: { Type: 'Guess', End: true } };
    expect(() => validate({ ...definition, States })).toThrow(definition.StartAt);
  });
});
