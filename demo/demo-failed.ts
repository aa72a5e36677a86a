/** Something did not come out as the source says. It has been printed already, where it happened. */
export class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}
