/** The command selects something to change, and nothing meets its conditions. */
export class NothingFoundError extends Error {}
