import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { describe, expect, test } from 'vitest';
import { readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';

const template = await stackTemplate();

/** As Step Functions looks at a definition before it takes it: the schema of the language, and every path and transition. */
function validate(definition: object): void {
  new StateMachine(definition as StateMachineDefinition, { validationOptions: { checkArn: false } });
}

describe.each(['workflow', 'bulk', 'delivery'] as const)('the state machine %s', (name) => {
  const definition = readStateMachineDefinition(template, name);

  test('is what the language allows', () => {
    expect(() => validate(definition)).not.toThrow();
  });

  test('with a transition to nowhere is refused', () => {
    expect(() => validate({ ...definition, StartAt: 'Nowhere' })).toThrow('Nowhere');
  });

  test('with a state of no type that there is is refused', () => {
    const States = { ...definition.States, [definition.StartAt]: { Type: 'Guess', End: true } };
    expect(() => validate({ ...definition, States })).toThrow(definition.StartAt);
  });
});
