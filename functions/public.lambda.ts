import { PUBLIC } from './api/operations/public.ts';
import { serve } from './api/serve.ts';
import { awsDependencies } from './aws/aws-dependencies.ts';

export const handler = serve(PUBLIC, awsDependencies);
