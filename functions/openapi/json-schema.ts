import * as z from 'zod/mini';
import { COMPONENTS } from './components.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Converts zod schemas to JSON Schemas. It replaces named schemas with references, and collects those that it referred to. */
export interface JsonSchemaGenerator {
  /** The schema of a request: unknown members are an error. */
  request(schema: z.ZodMiniType): JsonSchema;
  /** The schema of an answer. It allows unknown members, because later versions can add some. */
  answer(schema: z.ZodMiniType): JsonSchema;
  /** The named schemas that this generator has referred to so far, by name. */
  gathered(): Readonly<Record<string, JsonSchema>>;
}

export function createJsonSchemaGenerator(): JsonSchemaGenerator {
  const names = z.registry<{ id: string; description: string }>();
  for (const [id, { schema, description }] of Object.entries(COMPONENTS)) names.add(schema, { id, description });
  const gathered = new Map<string, JsonSchema>();

  const make = (schema: z.ZodMiniType, isOpen: boolean): JsonSchema => {
    const made = z.toJSONSchema(schema, {
      metadata: names,
      io: 'input',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => tidy(jsonSchema as Record<string, unknown>, isOpen),
    });
    const { $schema: _, $defs = {}, ...rest } = inComponents(made);
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      gathered.set(name, withWords(name, definition));
    }
    return rest;
  };
  return {
    request: (schema) => make(schema, false),
    answer: (schema) => make(schema, true),
    gathered: () => Object.fromEntries([...gathered].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

function tidy(schema: Record<string, unknown>, isOpen: boolean): void {
  if (isOpen && schema.additionalProperties === false) delete schema.additionalProperties;
  // The format is enough; the pattern is very long.
  if (schema.format === 'date-time') delete schema.pattern;
  // These limits come from the number type, not from this API.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

function inComponents(schema: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function withWords(name: string, definition: JsonSchema): JsonSchema {
  const members = Object.entries(COMPONENTS[name]?.members ?? {});
  if (members.length === 0) return definition;
  const properties = { ...(definition.properties as Record<string, JsonSchema>) };
  for (const [member, description] of members) {
    if (properties[member] === undefined) throw new Error(`Bug: the schema ${name} has no member ${member}`);
    properties[member] = { ...properties[member], description };
  }
  return { ...definition, properties };
}
