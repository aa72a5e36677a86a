import { DEPOT } from './api/operations/depot.ts';
import { serve } from './api/serve.ts';
import { awsDependencies } from './aws/aws-dependencies.ts';

export const handler = serve(DEPOT, awsDependencies);
