/** A limit on everything. Each is refused clearly, never reached silently. */

/** Licenses on one ticket, and so units in one order. */
export const MAX_LICENSES_ON_TICKET = 2_000;
/** Bytes of an order as JSON: it is one item, which may have 400 KB. */
export const MAX_ORDER_BYTES = 350_000;
/** Names by which one order names its customer: it is found by each of them. */
export const MAX_CUSTOMER_NAMES = 20;
/** Manual activations in one request; as many deactivations. */
export const MAX_MANUAL_ACTIONS = 1_000;
/** Bytes of a license's id as a manual action names it, written as JSON: all of them fit in an execution's input of 256 KiB. */
export const MAX_NAMED_LICENSE_BYTES = 64;
/** Dependent licenses that a conflict names: a container may hold thousands, and every manual action may conflict. */
export const MAX_NAMED_DEPENDENTS = 10;
/** Vendor actions that may be pending for one container. */
export const MAX_PENDING_ACTIONS = 1_000;
/** Updates of one container that may be issued without a receipt (T1). */
export const MAX_OUTSTANDING_UPDATES = 20;
/** Bytes of one license's content as canonical JSON, so that a full plan fits in one transaction of 4 MB. */
export const MAX_LICENSE_CONTENT_BYTES = 1_280;
/** Bytes of an order's id: the same plan names that of each license. */
export const MAX_ORDER_ID_BYTES = 128;
/** Products that one product may require. */
export const MAX_REQUIRES = 20;
/** Lines of one sale that a shop tells. */
export const MAX_LINES_OF_SALE = 1_000;
/** Characters of a SKU that can be mapped. */
export const MAX_SKU_CHARACTERS = 256;
/** Items that one unit of a shop's SKU may deliver. */
export const MAX_ITEMS_OF_SKU = 20;
/** Licenses that one bulk order may select. */
export const MAX_BULK_LICENSES = 100_000;
