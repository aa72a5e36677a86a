/** The program was called wrongly. The message is printed with a reference to the command's help. */
export class UsageError extends Error {}
