import type { StackFunctionName } from '../../../cdk/function-names.ts';
import type { Resource, Template } from '../../../cdk/read-template.ts';

export interface Found {
  readonly id: string;
  readonly resource: Resource;
  readonly properties: Readonly<Record<string, unknown>>;
}

export function resourcesOfType(template: Template, type: string): Found[] {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, resource, properties: resource.Properties ?? {} }));
}

/** The resource of a function, found by its description. The code under test finds it by its tag. */
export function functionResource(template: Template, name: StackFunctionName): Found {
  const found = resourcesOfType(template, 'AWS::Lambda::Function').find(
    ({ properties }) => properties.Description === `Relicense ${name}`,
  );
  if (found === undefined) throw new Error(`The template lacks the ${name} function`);
  return found;
}

/** A reference to the alias by which everything invokes a function. */
export function aliasOf(template: Template, name: StackFunctionName): { readonly Ref: string } {
  const { id } = functionResource(template, name);
  const alias = resourcesOfType(template, 'AWS::Lambda::Alias').find(
    ({ properties }) => JSON.stringify(properties.FunctionName) === JSON.stringify({ Ref: id }),
  );
  if (alias === undefined) throw new Error(`The ${name} function has no alias`);
  return { Ref: alias.id };
}

/** The only KMS key of this construct. */
export function keyOf(template: Template, construct: 'SigningKey' | 'RootKey'): Found {
  const [key, ...others] = resourcesOfType(template, 'AWS::KMS::Key').filter(({ id }) => id.startsWith(construct));
  if (key === undefined || others.length > 0) throw new Error(`The template must have one key of ${construct}`);
  return key;
}

export interface Statement {
  readonly effect: unknown;
  readonly actions: string[];
  /** As JSON, because most resources are `Fn::GetAtt` or `Fn::Join`. */
  readonly resources: string[];
  readonly condition?: unknown;
}

/** The statements of all policies that are attached to the function's role. */
export function statementsOf(template: Template, name: StackFunctionName): Statement[] {
  const role = JSON.stringify(functionResource(template, name).properties.Role).match(/\w*Role\w+/)?.[0];
  if (role === undefined) throw new Error(`The ${name} function has no role`);
  return resourcesOfType(template, 'AWS::IAM::Policy')
    .filter(({ properties }) => JSON.stringify(properties.Roles).includes(`"${role}"`))
    .flatMap(({ properties }) => {
      const { Statement } = properties.PolicyDocument as { Statement: Record<string, unknown>[] };
      return Statement.map(({ Effect, Action, Resource, Condition }) => ({
        effect: Effect,
        actions: [Action].flat() as string[],
        resources: [Resource].flat().map((each) => JSON.stringify(each)),
        ...(Condition === undefined ? {} : { condition: Condition }),
      }));
    });
}
