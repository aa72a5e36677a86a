import { awsRuntime } from '../aws/runtime.ts';
import { serve } from '../http/serve.ts';
import { DEPOT } from './operations.ts';

export const handler = serve(DEPOT, awsRuntime);
