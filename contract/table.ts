/** Names of the table's key attributes and of its one index. The stack builds the table from these. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** The one index: sparse, overloaded, keys only. */
export const INDEX_NAME = 'index';
export const INDEX_PARTITION_KEY = 'indexPk';
export const INDEX_SORT_KEY = 'indexSk';
/** Time to live, in seconds since 1970; set on items that nobody needs for ever. */
export const EXPIRY = 'expiresAtSeconds';
/** What the stream's consumer wants to see, by sort key: new events, new updates, and what somebody set going. */
export const EVENT_PREFIX = 'EVENT#';
export const UPDATE_PREFIX = 'UPDATE#';
export const DELIVERY_QUEUE = 'QUEUE';
/** The attribute of a queue that asks for a run of it. */
export const QUEUE_WANTED = 'wantedBy';
/** What the stream's consumer says in its log of an event that it can send to nobody; an alarm looks for it. */
export const SET_ASIDE = 'cannot be read and is set aside';
/** What the log says of a webhook that needs a person; an alarm looks for it. */
export const WEBHOOK_NEEDS_ATTENTION = 'A webhook needs attention';
export const BULK_ORDER = 'BULK-ORDER';
/** The attribute of a bulk order that asks for a run of it. */
export const BULK_RUN_WANTED = 'wantedRun';
