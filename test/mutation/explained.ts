/**
 * Conditions whose removal no test notices, each with the reason why it stays. These are not tried again, unless by name
 * or with `--all`.
 */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'functions/use-cases/events/deliver.ts deliverRound: guard: await releaseQueue(dependencies, queueOf(run), run.run, false)':
    'It saves a look at the queue: another run has it, and `reclaimQueue` finds that out.',
  'functions/use-cases/containers/retire-container.ts finishRetirement: guard: await releaseReservations(dependencies, vendor, container, retirement.licenses)':
    'A request that makes a release fail has changed the head too, so the last write is refused and the retirement starts again.',
  "functions/use-cases/containers/retire-container.ts releaseReservations: refusal: (await commit(dependencies, writes)) === 'refused'":
    'The same.',
  "functions/use-cases/containers/retire-container.ts finishRetirement: refusal: (await commit(dependencies, group)) === 'refused'":
    'Only another run of the same retirement makes a group fail, by having settled it; anybody else has moved the head too.',
  "functions/use-cases/containers/retire-container.ts finishRetirement: refusal: (await commit(dependencies, [putHead(dependencies, head)])) === 'committed'":
    'Once every license is settled only another run of the same retirement moves the head, to the same end.',
  "functions/use-cases/reprogramming/confirm.ts commitGroups: refusal: (await commit(dependencies, writes)) === 'refused'":
    'Only another run of the same receipt makes a group fail, by having settled it; anybody else has moved the head too.',
  'functions/use-cases/reprogramming/run-step.ts moveChunk: guard: await commitMoves(dependencies, work, chunk, actor, licenses, entries)':
    'Under the lock only another run of the same step moves these licenses, and it moves the whole chunk.',
  'functions/api/operations/tokens.ts putToken: guard: await changeToken(dependencies, token, change)':
    'The token is read again for the answer, and a deleted one is then not found.',
  "functions/store/token-item.ts changeToken: refusal: (await commit(dependencies, [write])) === 'committed'":
    'The same.',
  'functions/use-cases/webhooks/verify-stripe.ts faultOfStripeSignature: check: time === undefined':
    'For the compiler: undefined is not a number, which the next clause checks.',
  'protocol/compact-jws.ts splitJws: check: header === undefined': 'For the compiler: a text always has a first part.',
  'protocol/compact-jws.ts splitJws: check: payload === undefined':
    'For the compiler: without a second part there is no third, which the next clause checks.',
  "protocol/ed25519.ts isPublicJwk: check: typeof value.x !== 'string'":
    'The only other value with a length of 43 is a list, whose text has commas and is not base64url.',
  'protocol/ed25519.ts isPublicJwk: check: value.x.length !== 43':
    '32 bytes have 43 characters, and the next check demands 32 bytes; this one keeps long texts from being decoded.',
  "functions/use-cases/bulk-orders/select-task.ts selectTask: refusal: (await commit(dependencies, [...writes, putBulkOrder(dependencies, moved)])) === 'committ…":
    'It limits what one task selects, so that the task ends in time; the selection is read again in either case.',
  'container/container.ts newKey: check: !isPublicJwk(publicPart(key))':
    'No input can make the system generate a key of small order.',
  'protocol/ed25519.ts isThumbprint: check: value.length === 43':
    '32 bytes have 43 characters, and the next check demands 32 bytes; this one keeps long texts from being decoded.',
  'functions/api/authentication/identify-person.ts createIdentifyPerson: check: jwtVerify: issuer: spellingsOf(provider.issuer)':
    '`isWorthVerifying` checks it too, before the signature.',
  'functions/api/authentication/identify-person.ts createIdentifyPerson: check: jwtVerify: algorithms: ALGORITHMS':
    '`isWorthVerifying` checks it too, before the signature.',
  'functions/api/authentication/identify-person.ts isWorthVerifying: check: ALGORITHMS.some((each) => each === alg)':
    '`jwtVerify` checks it too; here it keeps such a token from causing a request to the issuer for its keys.',
  'functions/api/authentication/identify-person.ts isJwt: check: decodeProtectedHeader(token).alg !== undefined':
    'A text that is wrongly treated as a JWT is refused as an invalid one.',
  'functions/api/authentication/identify-person.ts isJwt: check: decodeJwt(token) !== undefined': 'The same.',
  'functions/store/waiting-webhook-item.ts putWaitingWebhook: guarded write: putRevision(dependencies, waitingWebhookKey(since, id), { id, since, expiresAtSeconds }, …':
    'The key has the webhook’s id and the time, and the same transaction checks the revision of the webhook.',
  'functions/use-cases/webhooks/record-outcome.ts evidenceOf: guarded write: putWaitingWebhook(dependencies, id, until)':
    'The same.',
  'functions/use-cases/webhooks/report-open-webhooks.ts reportOne: guarded write: removeWaitingWebhook(dependencies, waiting)':
    'The webhook has ended: whether this look removes the item or another one did, it is gone.',
  'functions/use-cases/webhooks/take-webhook.ts takeOtherBody: guard: await putWebhook(dependencies, kept, evidenceOf(dependencies, received, kept))':
    'It decides only about the log line: another delivery of the same body has stored it, and logged it.',
  'functions/use-cases/webhooks/take-webhook.ts noteOtherBody: guard: await putWebhook(dependencies, noted)':
    'Without it, the first webhook may lack a hint at the second one, which names the first one all the same.',
};
