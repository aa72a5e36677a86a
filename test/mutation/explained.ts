/**
 * Conditions that no test notices when they are gone, and why they are there all the same. What is listed here is not
 * tried again, unless by name or with `--all`.
 */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'functions/events/deliver.ts deliverRound: guard: await release(runtime, queueOf(run), run.run, false)':
    'It saves a look at the queue: another run has it, and `takeAgain` would say so.',
  'functions/retirement/retire-container.ts settle: guard: await releaseReservations(runtime, container, retirement.licenses)':
    'Whoever makes a release fail has moved the head too, so that the last write is refused and everything is done anew.',
  "functions/retirement/retire-container.ts releaseReservations: refusal: (await commit(runtime, writes)) === 'refused'":
    'The same.',
  "functions/retirement/retire-container.ts settle: refusal: (await commit(runtime, group)) === 'refused'":
    'Only another run of the same retirement makes a group fail, by having settled it; anybody else has moved the head too.',
  "functions/retirement/retire-container.ts settle: refusal: (await commit(runtime, [putHead(runtime, head)])) === 'committed'":
    'Once every license is settled only another run of the same retirement moves the head, to the same end.',
  "functions/workflow/confirm.ts commitInOrder: refusal: (await commit(runtime, writes)) === 'refused'":
    'Only another run of the same receipt makes a group fail, by having settled it; anybody else has moved the head too.',
  "functions/workflow/run-step.ts moveChunk: refusal: (await commit(runtime, writes)) === 'committed'":
    'Under the lock only another run of the same step moves these licenses, and it moves the whole chunk.',
  'functions/tokens/operations.ts putToken: guard: await changeToken(runtime, token, change)':
    'The token is read again for the answer, and one that is gone is not there.',
  "functions/tokens/token-item.ts changeToken: refusal: (await commit(runtime, [write])) === 'committed'": 'The same.',
  'functions/webhooks/verify-stripe.ts isSignedByStripe: check: time === undefined':
    'For the compiler: what is not there is no number either, which the next clause asks.',
};
