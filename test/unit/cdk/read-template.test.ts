import { expect, test } from 'vitest';
import {
  readEnvironment,
  readRoutes,
  readSchedule,
  readStateMachineDefinition,
  readTable,
  TemplateError,
} from '../../../cdk/read-template.ts';
import { stackTemplate } from '../../../cdk/stack-template.ts';
import { synthesize } from '../../../cdk/synthesize.ts';
import { ENDPOINTS } from '../../../contract/endpoints.ts';
import { EXPIRY, INDEX_NAME, PARTITION_KEY, SORT_KEY } from '../../../contract/table.ts';

const template = await stackTemplate();
const routes = readRoutes(template);

test('every endpoint has exactly one route to its own function, with ANY in place of GET, and $default is the only other route', () => {
  const expected = ENDPOINTS.map(({ method, path, function: name }) => {
    const routed = method === 'GET' ? 'ANY' : method;
    return { method: routed, path, routeKey: `${routed} ${path}`, function: name };
  });
  expect(routes.filter(({ routeKey }) => routeKey !== '$default')).toEqual(expected);
});

test('$default goes to the public function', () => {
  expect(routes.filter(({ method }) => method === undefined)).toEqual([
    { method: undefined, path: '$default', routeKey: '$default', function: 'public' },
  ]);
});

test('the table is read as the input of CreateTable, with its time-to-live attribute beside it', () => {
  const { create, timeToLiveAttribute } = readTable(template);
  expect(create.KeySchema).toEqual([
    { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
    { AttributeName: SORT_KEY, KeyType: 'RANGE' },
  ]);
  expect(create.AttributeDefinitions.map(({ AttributeName }) => AttributeName).sort()).toEqual(
    ['pk', 'sk', 'indexPk', 'indexSk'].sort(),
  );
  expect(create.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName)).toEqual([INDEX_NAME]);
  expect(create.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
  expect(timeToLiveAttribute).toBe(EXPIRY);
});

test('the schedule is read as milliseconds, from minutes, hours or days', () => {
  expect(readSchedule(template, 'overdue')).toBe(86_400_000);
  const written = (expression: string) =>
    JSON.parse(JSON.stringify(template).replace('rate(1 day)', expression)) as typeof template;
  expect(readSchedule(written('rate(12 hours)'), 'overdue')).toBe(43_200_000);
  expect(readSchedule(written('rate(5 minutes)'), 'overdue')).toBe(300_000);
  expect(() => readSchedule(written('cron(0 3 * * ? *)'), 'overdue')).toThrow(TemplateError);
  expect(() => readSchedule(template, 'workflow')).toThrow(TemplateError);
});

test('a template of another shape is refused with TemplateError', () => {
  const empty = { Resources: {} };
  expect(readRoutes(empty)).toEqual([]);
  expect(() => readTable(empty)).toThrow(TemplateError);
  expect(() => readStateMachineDefinition(empty)).toThrow(TemplateError);
  expect(() => readEnvironment(empty, 'vendor')).toThrow(TemplateError);
  expect(() =>
    readRoutes({ Resources: { Route: { Type: 'AWS::ApiGatewayV2::Route', Properties: { RouteKey: 'GET /' } } } }),
  ).toThrow(TemplateError);
});

test('synthesizing twice returns the same template', () => {
  expect(synthesize({ bundle: false })).toEqual(template);
});
