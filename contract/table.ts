/** Names of the table's key attributes and of its one index. The stack builds the table from these. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** The one index: sparse, overloaded, keys only. */
export const INDEX_NAME = 'index';
export const INDEX_PARTITION_KEY = 'indexPk';
export const INDEX_SORT_KEY = 'indexSk';
/** Time to live, in seconds since 1970, for items that expire. */
export const EXPIRY = 'expiresAtSeconds';
/** Sort keys of the items that the stream's consumer reads: new events, updates and key sets, and queues and bulk orders to start. */
export const EVENT_PREFIX = 'EVENT#';
export const UPDATE_PREFIX = 'UPDATE#';
export const KEY_SET_PREFIX = 'SET#';
export const DELIVERY_QUEUE = 'QUEUE';
/** The attribute of a queue that requests a run. */
export const QUEUE_WANTED = 'wantedBy';
/** The consumer of the stream logs this text when it cannot parse an event. An alarm matches it. */
export const SET_ASIDE = 'cannot be read and is set aside';
/** What the log says of a webhook that needs a person; an alarm looks for it. */
export const WEBHOOK_NEEDS_ATTENTION = 'A webhook needs attention';
/** What the log says of a task of the workflow that failed and is retried; an alarm looks for it. */
export const TASK_FAULT = 'A task failed and is retried';
/** What the log says of an event that was delivered to its endpoint too often without success; an alarm looks for it. */
export const DEAD_LETTER = 'An event became a dead letter';
export const BULK_ORDER = 'BULK-ORDER';
/** The attribute of a bulk order that requests a run. */
export const BULK_RUN_WANTED = 'wantedRun';
