/** The names and ARNs that a deployed stack has, and CloudFormation's functions resolved with them. */
import { createHash } from 'node:crypto';
import type { Template } from '../../../cdk/read-template.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';
const STACK = 'Relicense-prod';
const STACK_UUID = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

export interface Names {
  /** Resolves `Ref`, `Fn::GetAtt`, `Fn::Join`, `Fn::Select`, `Fn::Split` and `Fn::Sub` in a value of the template. */
  resolve(value: unknown): unknown;
  /** The resolved properties of a resource. */
  properties(id: string): Readonly<Record<string, unknown>>;
  readonly idsOf: (type: string) => readonly string[];
  /** The ARN, or the name of what has none. */
  arnOf(id: string): string;
}

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

export function namesOf(template: Template): Names {
  const typeOf = (id: string): string => {
    const found = template.Resources[id];
    if (found === undefined) throw new Error(`The template has no resource ${id}`);
    return found.Type;
  };
  const rawOf = (id: string): Readonly<Record<string, unknown>> => template.Resources[id]?.Properties ?? {};
  const uuidOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);

  const refOf = (id: string): string => {
    switch (id) {
      case 'AWS::Region':
        return REGION;
      case 'AWS::AccountId':
        return ACCOUNT;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return STACK;
      case 'AWS::StackId':
        return arn('cloudformation', `stack/${STACK}/${STACK_UUID}`);
      default:
    }
    switch (typeOf(id)) {
      case 'AWS::Lambda::Alias':
      case 'AWS::Lambda::Version':
      case 'AWS::StepFunctions::StateMachine':
      case 'AWS::StepFunctions::StateMachineVersion':
      case 'AWS::StepFunctions::StateMachineAlias':
      case 'AWS::SNS::Topic':
        return arnOf(id);
      case 'AWS::KMS::Key':
        return `mrk-${uuidOf(id)}`;
      case 'AWS::Logs::LogGroup':
        return String(names.resolve(rawOf(id)['LogGroupName']) ?? `${STACK}-${id}`);
      case 'AWS::ApiGatewayV2::Api':
        return uuidOf(id).slice(0, 10);
      default:
        return `${STACK}-${id}`;
    }
  };

  const arnOf = (id: string): string => {
    switch (typeOf(id)) {
      case 'AWS::Lambda::Function':
        return arn('lambda', `function:${refOf(id)}`);
      case 'AWS::Lambda::Alias': {
        const { FunctionName, Name } = rawOf(id);
        return arn('lambda', `function:${names.resolve(FunctionName)}:${Name}`);
      }
      case 'AWS::Lambda::Version':
        return arn('lambda', `function:${names.resolve(rawOf(id)['FunctionName'])}:1`);
      case 'AWS::StepFunctions::StateMachine':
        return arn('states', `stateMachine:${STACK}-${id}`);
      case 'AWS::StepFunctions::StateMachineVersion':
        return `${names.resolve(rawOf(id)['StateMachineArn'])}:1`;
      case 'AWS::StepFunctions::StateMachineAlias': {
        const { DeploymentPreference, Name } = rawOf(id);
        const { StateMachineVersionArn: version } = DeploymentPreference as { StateMachineVersionArn: unknown };
        return `${String(names.resolve(version)).replace(/:\d+$/, '')}:${Name}`;
      }
      case 'AWS::DynamoDB::GlobalTable':
        return arn('dynamodb', `table/${refOf(id)}`);
      case 'AWS::KMS::Key':
        return arn('kms', `key/${refOf(id)}`);
      case 'AWS::IAM::Role':
        return `arn:aws:iam::${ACCOUNT}:role/${refOf(id)}`;
      case 'AWS::Logs::LogGroup':
        return arn('logs', `log-group:${refOf(id)}:*`);
      case 'AWS::SNS::Topic':
        return arn('sns', refOf(id));
      case 'AWS::Events::Rule':
        return arn('events', `rule/${refOf(id)}`);
      default:
        return refOf(id);
    }
  };

  const attributeOf = (id: string, attribute: string): string => {
    if (attribute === 'Arn') return arnOf(id);
    if (attribute === 'StreamArn') return `${arnOf(id)}/stream/2026-12-01T00:00:00.000`;
    if (attribute === 'Name') return arnOf(id).split(':').at(-1) ?? '';
    return `${id}.${attribute}`;
  };

  const names: Names = {
    arnOf,
    idsOf: (type) => Object.keys(template.Resources).filter((id) => typeOf(id) === type),
    properties: (id) => names.resolve(rawOf(id)) as Readonly<Record<string, unknown>>,
    resolve(value) {
      if (Array.isArray(value)) return value.map(names.resolve);
      if (typeof value !== 'object' || value === null) return value;
      const [[name, given] = ['', undefined], ...others] = Object.entries(value);
      if (others.length === 0) {
        switch (name) {
          case 'Ref':
            return refOf(String(given));
          case 'Fn::GetAtt': {
            const [id, attribute] = given as [string, string];
            return attributeOf(id, attribute);
          }
          case 'Fn::Join': {
            const [separator, parts] = names.resolve(given) as [string, readonly string[]];
            return parts.join(separator);
          }
          case 'Fn::Split': {
            const [separator, text] = names.resolve(given) as [string, string];
            return text.split(separator);
          }
          case 'Fn::Select': {
            const [index, parts] = names.resolve(given) as [string, readonly string[]];
            return parts[Number(index)];
          }
          default:
        }
      }
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, names.resolve(one)]));
    },
  };
  return names;
}
