/** Every list and text has a limit. A request over a limit is refused with an error that names it. */

/** Licenses on one ticket, which is also the number of units in one order. */
export const MAX_LICENSES_ON_TICKET = 2_000;
/** Bytes of an order as JSON: an order is one item of the table, and DynamoDB allows 400 KB. */
export const MAX_ORDER_BYTES = 350_000;
/** Names of the customer on one order. Each gets an item of its own, so that a search by name finds the order. */
export const MAX_CUSTOMER_NAMES = 20;
/** Names of customers that one search reads. A search that needs more continues on the next page. */
export const MAX_CUSTOMERS_READ = 50_000;
/** Customers whose orders or licenses one list merges by time. */
export const MAX_CUSTOMERS_LISTED = 100;
/** Manual activations in one request, and manual deactivations. */
export const MAX_MANUAL_ACTIONS = 1_000;
/** Bytes, as JSON, of a license id in a manual action: all actions must fit in the 256 KiB input of an execution. */
export const MAX_NAMED_LICENSE_BYTES = 64;
/** Dependent licenses that one conflict names. A container may hold thousands, and each manual action may conflict. */
export const MAX_NAMED_DEPENDENTS = 10;
/** Vendor actions that may be pending for one container. */
export const MAX_PENDING_ACTIONS = 1_000;
/** Updates of one container that are issued and have no receipt yet (T1). */
export const MAX_OUTSTANDING_UPDATES = 20;
/** Bytes of one license as canonical JSON: a full plan must fit in one transaction of 4 MB. */
export const MAX_LICENSE_CONTENT_BYTES = 1_280;
/** Bytes of an order's id: a plan stores the order id of each license. */
export const MAX_ORDER_ID_BYTES = 128;
/** Products that one product may require. */
export const MAX_REQUIRES = 20;
/** Uses of each kind that a refused deletion of a product names. */
export const MAX_NAMED_USES = 10;
/** Orders that the deletion of a product checks for licenses. A product that was sold more often is not deleted. */
export const MAX_ORDERS_CHECKED = 1_000;
/** Lines of one sale in a shop's webhook. */
export const MAX_LINES_OF_SALE = 1_000;
/** Characters of a SKU in a SKU mapping: `title:` and the longest title of a shop fit. */
export const MAX_SKU_CHARACTERS = 512;
/** Bytes of a SKU in UTF-8: it is a sort key of the index, and DynamoDB allows 1,024 bytes. */
export const MAX_SKU_BYTES = 1_000;
/** Items that one unit of a SKU delivers. */
export const MAX_ITEMS_OF_SKU = 20;
/** Characters of the vendor's name for a container, and of its note. Both are in the head, which each reprogramming writes. */
export const MAX_CONTAINER_NAME = 100;
export const MAX_CONTAINER_NOTE = 500;
/** Characters of a serial with which a search by its beginning starts. */
export const MIN_SERIAL_PREFIX = 4;
/** Numbers of days in a product's `expiryNotices`. */
export const MAX_EXPIRY_NOTICES = 10;
/** Days before the end of a license at which a product can have it reported. */
export const MAX_EXPIRY_NOTICE_DAYS = 365;
/** Licenses that one bulk order selects. */
export const MAX_BULK_LICENSES = 100_000;
