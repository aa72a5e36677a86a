/**
 * What a machine that is not AWS needs of the synthesized stack: routes, the table's properties and the state machine's
 * definition. Each reader throws `TemplateError` when the template is not of the shape that the stack makes.
 */
import { FUNCTION_TAG, STACK_FUNCTIONS, type StackFunctionName } from './function-names.ts';

/** The parts of a CloudFormation template that are read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export interface Route {
  /** `undefined` for `$default`, the route of every request that no other route takes. */
  readonly method: string | undefined;
  /** API Gateway's notation, `/licenses/{license}`; `$default` for the default route. */
  readonly path: string;
  readonly routeKey: string;
  readonly function: StackFunctionName;
}

/** The routes of the HTTP API, in the template's order. */
export function readRoutes(template: Template): Route[] {
  return resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => {
    const routeKey = text(properties.RouteKey, 'RouteKey');
    const integration = resource(template, integrationId(properties.Target));
    const name = functionOf(template, reference(integration.IntegrationUri));
    const [first = '', second] = routeKey.split(' ');
    return second === undefined
      ? { method: undefined, path: first, routeKey, function: name }
      : { method: first, path: second, routeKey, function: name };
  });
}

interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

/** The input of `CreateTableCommand`, without `TableName`. */
export interface TableProperties {
  readonly KeySchema: KeyElement[];
  readonly AttributeDefinitions: { readonly AttributeName: string; readonly AttributeType: 'S' | 'N' | 'B' }[];
  readonly BillingMode: 'PAY_PER_REQUEST';
  readonly GlobalSecondaryIndexes: {
    readonly IndexName: string;
    readonly KeySchema: KeyElement[];
    readonly Projection: { readonly ProjectionType: 'KEYS_ONLY' };
  }[];
  readonly StreamSpecification: { readonly StreamEnabled: true; readonly StreamViewType: 'NEW_AND_OLD_IMAGES' };
}

export interface TableTemplate {
  readonly create: TableProperties;
  /** The attribute with the time to live, in seconds since 1970: `UpdateTimeToLive` sets it. */
  readonly timeToLiveAttribute: string;
}

/** The one table. What only AWS knows (recovery, encryption, protection) is left out. */
export function readTable(template: Template): TableTemplate {
  const { properties } = only(template, 'AWS::DynamoDB::Table');
  const billingMode = oneOf(properties.BillingMode, ['PAY_PER_REQUEST']);
  const stream = record(properties.StreamSpecification, 'StreamSpecification');
  const timeToLive = record(properties.TimeToLiveSpecification, 'TimeToLiveSpecification');
  return {
    create: {
      KeySchema: keySchema(properties.KeySchema),
      AttributeDefinitions: list(properties.AttributeDefinitions, 'AttributeDefinitions').map((each) => {
        const definition = record(each, 'AttributeDefinitions');
        return {
          AttributeName: text(definition.AttributeName, 'AttributeName'),
          AttributeType: oneOf(definition.AttributeType, ['S', 'N', 'B']),
        };
      }),
      BillingMode: billingMode,
      GlobalSecondaryIndexes: list(properties.GlobalSecondaryIndexes, 'GlobalSecondaryIndexes').map((each) => {
        const index = record(each, 'GlobalSecondaryIndexes');
        const projection = record(index.Projection, 'Projection');
        return {
          IndexName: text(index.IndexName, 'IndexName'),
          KeySchema: keySchema(index.KeySchema),
          Projection: { ProjectionType: oneOf(projection.ProjectionType, ['KEYS_ONLY']) },
        };
      }),
      StreamSpecification: {
        StreamEnabled: true,
        StreamViewType: oneOf(stream.StreamViewType, ['NEW_AND_OLD_IMAGES']),
      },
    },
    timeToLiveAttribute: text(timeToLive.AttributeName, 'TimeToLiveSpecification'),
  };
}

/** A state machine in Amazon States Language. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * The definition of the state machine whose tasks a function carries out, as Step Functions would get it, with two
 * differences: a function's ARN is its name (`workflow`), so a task's `Resource` is either that or `arn:aws:states:::lambda:invoke.waitForTaskToken`, whose `Parameters` are `{FunctionName:
 * 'workflow', Payload}`. Whoever runs it must put `{Task: {Token}}` into the context object.
 */
export function readStateMachineDefinition(
  template: Template,
  name: 'workflow' | 'delivery' | 'bulk' = 'workflow',
): Definition {
  const [found, ...others] = resourcesOf(template, 'AWS::StepFunctions::StateMachine')
    .map(({ properties }) => ({
      properties,
      substitutions: record(properties.DefinitionSubstitutions, 'DefinitionSubstitutions'),
    }))
    .filter(({ substitutions }) =>
      Object.values(substitutions).some(
        (value) => isRecord(value) && value.Ref !== 'AWS::Partition' && functionOf(template, reference(value)) === name,
      ),
    );
  if (found === undefined || others.length > 0)
    throw new TemplateError(`there must be exactly one state machine of the ${name} function`);
  const { properties, substitutions } = found;
  const definition = text(properties.DefinitionString, 'DefinitionString').replace(
    /\$\{(\w+)\}/g,
    (_, name: string) => {
      const value = substitutions[name];
      if (isRecord(value) && value.Ref === 'AWS::Partition') return 'aws';
      return functionOf(template, reference(value));
    },
  );
  const parsed = record(JSON.parse(definition), 'DefinitionString');
  const states = Object.entries(record(parsed.States, 'States')).map(([name, state]) => [name, record(state, name)]);
  return { ...parsed, StartAt: text(parsed.StartAt, 'StartAt'), States: Object.fromEntries(states) };
}

/** The environment of a function. Values that only exist in a deployment are left as `Ref` and `Fn::GetAtt` objects. */
export function readEnvironment(template: Template, name: StackFunctionName): Readonly<Record<string, unknown>> {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(({ id }) => functionOf(template, id) === name);
  if (found === undefined) throw new TemplateError(`there is no function ${name}`);
  return record(record(found.properties.Environment, 'Environment').Variables, 'Variables');
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** How often the schedule invokes a function, in milliseconds. */
export function readSchedule(template: Template, name: StackFunctionName): number {
  const [found, ...others] = resourcesOf(template, 'AWS::Events::Rule').filter(({ properties }) =>
    list(properties.Targets, 'Targets').some(
      (target) => functionOf(template, reference(record(target, 'target').Arn)) === name,
    ),
  );
  if (found === undefined || others.length > 0)
    throw new TemplateError(`there must be exactly one schedule of ${name}`);
  const expression = text(found.properties.ScheduleExpression, 'ScheduleExpression');
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const every = Number(count) * (UNITS[unit] ?? 0);
  if (every === 0) throw new TemplateError(`${expression} is no rate that is known here`);
  return every;
}

interface Found {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

function resourcesOf(template: Template, type: string): Found[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => ({ id, properties: Properties }));
}

function only(template: Template, type: string): Found {
  const [found, ...others] = resourcesOf(template, type);
  if (found === undefined || others.length > 0) throw new TemplateError(`there must be exactly one ${type}`);
  return found;
}

function resource(template: Template, id: string): Readonly<Record<string, unknown>> {
  const found = template.Resources[id];
  if (found === undefined) throw new TemplateError(`there is no resource ${id}`);
  return found.Properties ?? {};
}

function functionOf(template: Template, id: string): StackFunctionName {
  const tags = list(resource(template, id).Tags, `tags of ${id}`).map((tag) => record(tag, 'tag'));
  return oneOf(tags.find((tag) => tag.Key === FUNCTION_TAG)?.Value, STACK_FUNCTIONS);
}

/** The logical id behind `{Ref: id}` or `{'Fn::GetAtt': [id, attribute]}`. */
function reference(value: unknown): string {
  if (!isRecord(value)) throw new TemplateError('a reference is missing');
  const attribute = value['Fn::GetAtt'];
  return text(Array.isArray(attribute) ? attribute[0] : value.Ref, 'reference');
}

/** A route's target is `integrations/<id>`, joined. */
function integrationId(target: unknown): string {
  const join = isRecord(target) ? target['Fn::Join'] : undefined;
  const parts: unknown = Array.isArray(join) ? join[1] : undefined;
  const id: unknown = Array.isArray(parts) && parts[0] === 'integrations/' ? parts[1] : undefined;
  return reference(id);
}

function keySchema(value: unknown): KeyElement[] {
  return list(value, 'KeySchema').map((each) => {
    const element = record(each, 'KeySchema');
    return {
      AttributeName: text(element.AttributeName, 'AttributeName'),
      KeyType: oneOf(element.KeyType, ['HASH', 'RANGE']),
    };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new TemplateError(`${what} is not an object`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`${what} is not a list`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TemplateError(`${what} is not a text`);
  return value;
}

function oneOf<const T extends string>(value: unknown, values: readonly T[]): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new TemplateError(`${String(value)} is none of ${values.join(', ')}`);
  return found;
}
