/**
 * Reads the parts of the synthesized stack that the embedded runtime needs: routes, the table's properties, the definitions
 * of the state machines, the functions' environment and the schedule. Each reader throws `TemplateError` if the template
 * does not have the shape that the stack gives it.
 */
import * as z from 'zod/mini';
import { FUNCTION_TAG, STACK_FUNCTIONS, type StackFunctionName } from './function-names.ts';

/** The parts of a CloudFormation template that this module reads. */
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
  /** `undefined` for `$default`, the route of every request that matches no other route. */
  readonly method: string | undefined;
  /** API Gateway's notation, `/licenses/{license}`; `$default` for the default route. */
  readonly path: string;
  readonly routeKey: string;
  readonly function: StackFunctionName;
}

/** `{Ref: id}` or `{'Fn::GetAtt': [id, attribute]}`, read as the logical id. */
const reference = z.pipe(
  z.union([z.object({ Ref: z.string() }), z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.unknown()]) })]),
  z.transform((value) => ('Ref' in value ? value.Ref : value['Fn::GetAtt'][0])),
);

const routeProperties = z.object({
  RouteKey: z.string(),
  Target: z.object({ 'Fn::Join': z.tuple([z.literal(''), z.tuple([z.literal('integrations/'), reference])]) }),
});
const integrationProperties = z.object({ IntegrationUri: reference });

/** The routes of the HTTP API, in the template's order. */
export function readRoutes(template: Template): Route[] {
  return resourcesOf(template, 'AWS::ApiGatewayV2::Route').map((route) => {
    const { RouteKey: routeKey, Target: target } = parse(routeProperties, route.properties, route.id);
    const integration = target['Fn::Join'][1][1];
    const { IntegrationUri } = parse(integrationProperties, propertiesOf(template, integration), integration);
    const name = functionOf(template, IntegrationUri);
    const [first = '', second] = routeKey.split(' ');
    return second === undefined
      ? { method: undefined, path: first, routeKey, function: name }
      : { method: first, path: second, routeKey, function: name };
  });
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const tableProperties = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.array(
    z.object({
      IndexName: z.string(),
      KeySchema: keySchema,
      Projection: z.object({ ProjectionType: z.literal('KEYS_ONLY') }),
    }),
  ),
  StreamSpecification: z.object({ StreamViewType: z.literal('NEW_AND_OLD_IMAGES') }),
  TimeToLiveSpecification: z.object({ AttributeName: z.string() }),
});

/** The input of `CreateTableCommand`, without `TableName`. */
export type TableProperties = Omit<
  z.infer<typeof tableProperties>,
  'StreamSpecification' | 'TimeToLiveSpecification'
> & {
  readonly StreamSpecification: { readonly StreamEnabled: true; readonly StreamViewType: 'NEW_AND_OLD_IMAGES' };
};

export interface TableTemplate {
  readonly create: TableProperties;
  /** The attribute that holds the time to live, in seconds since 1970, for `UpdateTimeToLive`. */
  readonly timeToLiveAttribute: string;
}

/** The table, without the properties that only AWS has: recovery, encryption and protection. */
export function readTable(template: Template): TableTemplate {
  const { id, properties } = only(resourcesOf(template, 'AWS::DynamoDB::GlobalTable'), 'table');
  const { StreamSpecification, TimeToLiveSpecification, ...rest } = parse(tableProperties, properties, id);
  return {
    create: { ...rest, StreamSpecification: { StreamEnabled: true, ...StreamSpecification } },
    timeToLiveAttribute: TimeToLiveSpecification.AttributeName,
  };
}

const stateMachineProperties = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), reference),
});

const definition = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** A state machine in Amazon States Language. */
export type Definition = z.infer<typeof definition>;

const PARTITION_REFERENCE = 'AWS::Partition';

/**
 * The definition of the state machine that runs the tasks of a function, with the substitutions of CloudFormation applied.
 * The name of the function (`workflow`) replaces its ARN. So the `Resource` of a task is either a function's name or
 * `arn:aws:states:::lambda:invoke.waitForTaskToken` with the `Parameters` `{FunctionName: 'workflow', Payload}`. The engine
 * must put `{Task: {Token}}` into the context object.
 */
export function readStateMachineDefinition(
  template: Template,
  name: 'workflow' | 'delivery' | 'bulk' = 'workflow',
): Definition {
  const stateMachines = resourcesOf(template, 'AWS::StepFunctions::StateMachine')
    .map(({ id, properties }) => ({ id, ...parse(stateMachineProperties, properties, id) }))
    .filter(({ DefinitionSubstitutions: substitutions }) =>
      Object.values(substitutions).some((id) => id !== PARTITION_REFERENCE && functionOf(template, id) === name),
    );
  const found = only(stateMachines, `state machine of the ${name} function`);
  const text = found.DefinitionString.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
    const id = found.DefinitionSubstitutions[variable] ?? '';
    return id === PARTITION_REFERENCE ? 'aws' : functionOf(template, id);
  });
  return parse(definition, JSON.parse(text), found.id);
}

const functionProperties = z.object({
  Environment: z.optional(z.object({ Variables: z.record(z.string(), z.unknown()) })),
});

/** The environment of a function. Values that exist only in a deployment stay `Ref` and `Fn::GetAtt` objects. */
export function readEnvironment(template: Template, name: StackFunctionName): Readonly<Record<string, unknown>> {
  const functions = resourcesOf(template, 'AWS::Lambda::Function').filter(
    ({ id }) => functionOf(template, id) === name,
  );
  const { id, properties } = only(functions, `function ${name}`);
  return parse(functionProperties, properties, id).Environment?.Variables ?? {};
}

const ruleProperties = z.object({
  ScheduleExpression: z.string(),
  Targets: z.array(z.object({ Arn: reference, Input: z.optional(z.string()) })),
});

/** The name of a function and its alias, which CloudFormation takes out of the alias's ARN. Read as the alias's logical id. */
const nameOfAlias = z.pipe(
  z.object({
    'Fn::Join': z.tuple([
      z.literal(''),
      z.tuple([
        z.object({
          'Fn::Select': z.tuple([z.number(), z.object({ 'Fn::Split': z.tuple([z.literal(':'), reference]) })]),
        }),
        z.string(),
      ]),
    ]),
  }),
  z.transform((value) => value['Fn::Join'][1][0]['Fn::Select'][1]['Fn::Split'][1]),
);

const mappingProperties = z.object({
  FunctionName: nameOfAlias,
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});

/** A filter of stream records: members of a record, each with a list of allowed values. */
export interface StreamPattern {
  readonly [member: string]: StreamPattern | readonly unknown[];
}

/** The filters of the function that reads the table's stream; it gets the records that match one of them. */
export function readStreamFilters(template: Template): StreamPattern[] {
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => 'FilterCriteria' in properties)
    .map(({ id, properties }) => parse(mappingProperties, properties, id))
    .filter(({ FunctionName }) => functionOf(template, FunctionName) === 'events');
  const { FilterCriteria } = only(mappings, 'reader of the table’s stream');
  return FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern) as StreamPattern);
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * The period of the schedule that invokes a function, in milliseconds.
 * @param input what the schedule passes to the function, as JSON; `undefined` for the schedule that passes nothing
 */
export function readSchedule(template: Template, name: StackFunctionName, input?: object): number {
  const wanted = input === undefined ? undefined : JSON.stringify(input);
  const rules = resourcesOf(template, 'AWS::Events::Rule')
    .map(({ id, properties }) => parse(ruleProperties, properties, id))
    .filter(({ Targets: targets }) =>
      targets.some(({ Arn, Input }) => Input === wanted && functionOf(template, Arn) === name),
    );
  const { ScheduleExpression: expression } = only(rules, `schedule of the ${name} function`);
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const every = Number(count) * (UNITS[unit] ?? 0);
  if (every === 0) throw new TemplateError(`A schedule must be a rate of minutes, hours or days; got ${expression}`);
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

function only<Item>(found: readonly Item[], what: string): Item {
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new TemplateError(`The template must have exactly one ${what}; it has ${found.length}`);
  }
  return first;
}

function propertiesOf(template: Template, id: string): Readonly<Record<string, unknown>> {
  const found = template.Resources[id];
  if (found === undefined) throw new TemplateError(`The template has no resource "${id}"`);
  return found.Properties ?? {};
}

const tagged = z.object({ Tags: z.array(z.object({ Key: z.string(), Value: z.unknown() })) });
const functionName = z.enum(STACK_FUNCTIONS);

const aliasProperties = z.object({ FunctionName: reference });

/** The function that has this id, or whose alias has it. */
function functionOf(template: Template, id: string): StackFunctionName {
  if (template.Resources[id]?.Type === 'AWS::Lambda::Alias') {
    return functionOf(template, parse(aliasProperties, propertiesOf(template, id), id).FunctionName);
  }
  const { Tags: tags } = parse(tagged, propertiesOf(template, id), id);
  return parse(functionName, tags.find(({ Key }) => Key === FUNCTION_TAG)?.Value, `${FUNCTION_TAG} of ${id}`);
}

function parse<Schema extends z.ZodMiniType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) throw new TemplateError(`${what} has an unexpected shape:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
