import * as z from 'zod/mini';
import { PROBLEM_CODES, problem } from '../problems.ts';
import { text } from './forms.ts';

/** What a problem means, at the address that is its type. */
export const problemPage = z.strictObject({
  type: text,
  code: z.enum(PROBLEM_CODES),
  title: text,
  status: z.int(),
  meaning: text,
  remedy: text,
  example: problem,
});
