/** IAM's decision about a call: the policies of the caller's role, and the policy of a key. */
import * as z from 'zod/mini';
import type { Names } from './names.ts';

/** What a call is about, beside its action and resource. */
export type CallContext = Readonly<Record<string, string>>;

const list = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value) => [value].flat()),
);
const conditions = z.record(z.string(), z.record(z.string(), list));
const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: list,
  Resource: list,
  Condition: z._default(conditions, {}),
});
type Statement = z.infer<typeof statement>;
const document = z.object({ Statement: z.array(z.looseObject({})) });

/** An allowed action on a resource, as a role's policy states it. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

export interface Policies {
  /** Whether the policies of the role allow the call. Records the grant that does. */
  allows(role: string, action: string, resource: string, context?: CallContext): boolean;
  /** Whether the policy of a key leaves a call to the principal's own policies. */
  keyAllows(key: string, principal: string, action: string): boolean;
  /** The grants that no call has used. */
  unused(): readonly Grant[];
}

export function policiesOf(names: Names): Policies {
  const ofRole = new Map<string, Statement[]>();
  for (const id of names.idsOf('AWS::IAM::Policy')) {
    const { Roles: roles, PolicyDocument: policy } = names.properties(id);
    const statements = document.parse(policy).Statement.map((one) => statement.parse(one));
    for (const role of z.array(z.string()).parse(roles)) {
      ofRole.set(role, [...(ofRole.get(role) ?? []), ...statements]);
    }
  }
  const used = new Set<string>();
  const grants = [...ofRole].flatMap(([role, statements]) =>
    statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action, Resource }) =>
        Action.flatMap((action) => Resource.map((resource) => ({ role, action, resource }))),
      ),
  );
  return {
    allows(role, action, resource, context = {}) {
      const statements = ofRole.get(role) ?? [];
      const matching = statements.filter((one) => covers(one, action, resource) && holds(one.Condition, context));
      if (matching.some(({ Effect }) => Effect === 'Deny')) return false;
      for (const one of matching) {
        for (const granted of one.Action.filter((each) => matches(each, action))) {
          for (const at of one.Resource.filter((each) => matches(each, resource))) {
            used.add(keyOf({ role, action: granted, resource: at }));
          }
        }
      }
      return matching.length > 0;
    },
    keyAllows(key, principal, action) {
      const { KeyPolicy: policy } = names.properties(key);
      const statements = document.parse(policy).Statement.map((one) => statement.parse(one));
      const context = { 'aws:PrincipalArn': principal };
      const matching = statements.filter(
        (one) => one.Action.some((each) => matches(each, action)) && holds(one.Condition, context),
      );
      // The allowing statement names the account, which leaves the decision to the principal's policies.
      return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
    },
    unused: () => grants.filter((grant) => !used.has(keyOf(grant))),
  };
}

const keyOf = ({ role, action, resource }: Grant): string => `${role} ${action} ${resource}`;

function covers({ Action, Resource }: Statement, action: string, resource: string): boolean {
  return Action.some((each) => matches(each, action)) && Resource.some((each) => matches(each, resource));
}

/** `*` stands for any text. */
export function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 's').test(text);
}

function holds(wanted: z.infer<typeof conditions>, context: CallContext): boolean {
  return Object.entries(wanted).every(([operator, members]) =>
    Object.entries(members).every(([name, values]) => {
      const given = context[name] ?? '';
      switch (operator) {
        case 'StringEquals':
          return values.includes(given);
        case 'ArnEquals':
        case 'ArnLike':
          return values.some((value) => matches(value, given));
        case 'ArnNotEquals':
          return !values.some((value) => matches(value, given));
        default:
          throw new Error(`The stand-in does not know the condition ${operator}`);
      }
    }),
  );
}
