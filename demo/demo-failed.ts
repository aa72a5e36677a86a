/** Thrown when a check of a scene failed. The check has already been printed. */
export class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}
