import * as z from 'zod/mini';
import { GATEWAY_CODES } from '../gateway-problems.ts';
import { GATEWAY_PROBLEM_SCHEMAS, PROBLEM_CODES, PROBLEM_SCHEMAS } from '../problem-schemas.ts';
import { text } from './forms.ts';

/** The page of a problem; the problem's `type` is its address. */
export const problemPage = z.strictObject({
  type: text,
  code: z.enum([...PROBLEM_CODES, ...GATEWAY_CODES]),
  title: text,
  status: z.int(),
  meaning: text,
  remedy: text,
  example: z.union([...PROBLEM_SCHEMAS.values(), ...GATEWAY_PROBLEM_SCHEMAS.values()]),
});
