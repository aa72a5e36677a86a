/** The atomic steps that each request takes in the model, and whether its answer is certain. */
import { requestDigest } from '../../functions/use-cases/reprogramming/request-digest.ts';
import type { AtomicStep, SentRequest } from './checker.ts';
import * as rules from './model.ts';
import { matchesContainer, matchesLicense, matchesPending, matchesTicket, readContainer } from './read-checks.ts';
import { knownContextOf, type Run, requiresOf } from './run.ts';
import type { HttpRequest, Reply } from './world.ts';

export interface Manual {
  readonly activate: readonly { ticket: string; license: string }[];
  readonly deactivate: readonly string[];
}

export function completionOf(run: Run, { name, params, body }: HttpRequest, reply: Reply): SentRequest['completion'] {
  if (reply.kind === 'lost' || reply.status >= 500 || reply.status === 429) return 'unknown';
  const isReprogramming = name === 'createReprogramming' || name === 'pushReprogramming';
  if (isReprogramming && reply.status === 202) return 'in-progress';
  if (isReprogramming && reply.body['code'] === 'container-retired') {
    const serial = params['serial'] ?? knownContextOf(run, (body as CreateReprogramming).context).context.serial;
    // The container was retired at the same time: the update may have been issued before that, and the answer hides it.
    if (!rules.knownContainer(run.model, serial).isRetired) return 'in-progress';
  }
  // The container is locked for longer than a request waits, which a fault can cause.
  const isLocked =
    reply.body['code'] === 'reprogramming-in-flight' && String(reply.body['detail']).includes('at this moment');
  if (!isLocked) return 'answered';
  // A retirement that finds the lock took none of its three atomic steps; other requests have at most settled their context.
  return name === 'retireContainer' ? 'unknown' : 'in-progress';
}

interface CreateReprogramming {
  readonly context: string;
  readonly activate?: Manual['activate'];
  readonly deactivate?: Manual['deactivate'];
  readonly preview?: boolean;
}

/** The atomic steps of a request in the model. */
export function atomicStepsOf(run: Run, { name, params, body }: HttpRequest, reply: Reply): AtomicStep[] {
  const { license: id = '', serial = '' } = params;
  const settle = (context: string): AtomicStep => ({
    run: (model) => rules.settle(model, knownContextOf(run, context).context),
  });
  switch (name) {
    case 'createOrder':
      return [{ run: (model) => orderStep(run, model, (body as { orderId: string }).orderId) }];
    case 'withdrawLicense':
      return [{ run: (model) => rules.withdraw(model, id) }];
    case 'replaceLicense':
      return [{ run: (model) => replaceStep(run, model, id, (body as { product: string }).product, reply) }];
    case 'renewLicense':
      return [{ run: (model) => rules.renew(model, id, (body as { expiresAt: string }).expiresAt) }];
    case 'cancelRenewal':
      return [{ run: (model) => rules.cancel(model, id, 'renew', '') }];
    case 'assignLicense':
      return [{ run: (model) => rules.assign(model, id, serial) }];
    case 'cancelAssignment':
      return [{ run: (model) => rules.cancel(model, id, 'assign', serial) }];
    case 'cancelWithdrawal':
      return [{ run: (model) => rules.cancel(model, id, 'withdraw', '') }];
    case 'cancelReplacement':
      return [{ run: (model) => rules.cancel(model, id, 'replace', '') }];
    case 'pushReprogramming':
      return [{ run: (model) => pushStep(model, serial) }];
    case 'createReprogramming': {
      const { context, activate = [], deactivate = [], preview = false } = body as CreateReprogramming;
      const { jti } = knownContextOf(run, context);
      const key = requestDigest(jti, activate, deactivate);
      const { serial: own } = knownContextOf(run, context).context;
      return [settle(context), { run: (model) => rules.reprogram(model, own, { key, activate, deactivate }, preview) }];
    }
    case 'createReceipt':
      return [settle((body as { context: string }).context), { run: () => ({ status: 200 }) }];
    case 'findAutoUpdates': {
      const { context } = body as { context: string };
      const { serial: own } = knownContextOf(run, context).context;
      return [
        settle(context),
        { run: () => ({ status: 200 }), check: (path, response) => matchesPending(path, own, response['items']) },
      ];
    }
    case 'retireContainer':
      return retirementSteps(serial, (body as { licenses: 'withdraw' | 'restore' }).licenses);
    case 'getContainer':
      return [
        {
          run: (model) => readContainer(model, serial),
          check: (path, response) => matchesContainer(path, serial, response),
        },
      ];
    case 'getLicense':
      return [{ run: () => ({ status: 200 }), check: (path, response) => matchesLicense(path, id, response) }];
    case 'getTicket':
      return [
        {
          run: () => ({ status: 200 }),
          check: (path, response) => matchesTicket(path, params['code'] ?? '', response['licenses']),
        },
      ];
    default:
      throw new Error(`The model knows no request ${name}`);
  }
}

function orderStep(run: Run, model: rules.Model, orderId: string): rules.Expected | 'impossible' {
  const { table } = run.world;
  const stored = table.get(`ORDER#${orderId}`, 'ORDER');
  // An order that stopped in the middle is visible to no reader.
  if (stored?.['state'] !== 'delivered') return 'impossible';
  const items = table.partition(`TICKET#${String(stored['ticket'])}`).filter((item) => item['standing'] !== undefined);
  // Not from the license, which may be renewed since. All items of an order have the same terms here.
  const [first] = stored['items'] as { terms?: { expiresAt?: string } }[];
  const end = first?.terms?.expiresAt ?? '';
  const delivered = items.filter((item) => item['predecessor'] === undefined);
  return rules.order(
    model,
    delivered.map((item) => ({
      id: String(item['id']),
      ticket: String(item['ticket']),
      product: String(item['product']),
      requires: requiresOf(String(item['product'])),
      end,
      isExpired: end !== '',
    })),
  );
}

/** The new license has the id in the answer; for an unanswered request, the id in the table. */
function replaceStep(run: Run, model: rules.Model, id: string, product: string, reply: Reply): rules.Expected {
  const response =
    reply.kind === 'answer' ? (reply.body['license'] as { id?: string } | string | undefined) : undefined;
  const toldId = typeof response === 'object' ? response.id : undefined;
  const unknown = run.invariants.successorsOf(id).find((successor) => !model.licenses.has(successor));
  // An answer may name the license that an earlier vendor action made.
  const isFresh = toldId !== undefined && !model.licenses.has(toldId);
  const fresh = isFresh ? toldId : (unknown ?? `nobody-saw-the-successor-of-${id}`);
  return rules.replace(model, id, {
    id: fresh,
    product,
    requires: requiresOf(product),
    ...rules.endOfReplacement(model, id),
  });
}

function pushStep(model: rules.Model, serial: string): rules.Expected {
  if (!model.containers.has(serial)) return { status: 404, code: 'not-found' };
  return rules.reprogram(model, serial, { key: '', activate: [], deactivate: [] }, false, 'vendor');
}

/** A repeated retirement continues as the first one ordered. */
function retirementSteps(serial: string, licenses: 'withdraw' | 'restore'): AtomicStep[] {
  return [
    {
      run: (model) => {
        const before = model.containers.get(serial);
        if (before?.isRetired === true && before.retirement === undefined) return { status: 200 };
        const refused = rules.block(model, serial, licenses);
        return refused.status === 200 ? undefined : refused;
      },
    },
    {
      run: (model) => {
        rules.releaseAssigned(model, serial);
        return undefined;
      },
    },
    { run: (model) => rules.endStays(model, serial) },
  ];
}
