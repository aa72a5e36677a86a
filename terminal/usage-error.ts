/** The program was called wrongly. The message is printed with a reference to the command's help. */
export class UsageError extends Error {}

/** Whether `parseArgs` of `node:util` rejected the arguments. */
export function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
