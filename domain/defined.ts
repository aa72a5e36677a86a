/** `Value` whose members that may be `undefined` are optional instead. */
export type Defined<Value> = Value extends unknown
  ? { [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key] } & {
      [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>;
    }
  : never;

/** A copy without the members that are `undefined`: with `exactOptionalPropertyTypes`, those are not the same as absent ones. */
export function defined<const Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<Value>;
}
