import { awsRuntime } from '../aws/runtime.ts';
import { serve } from '../http/serve.ts';
import { PUBLIC } from './operations.ts';

export const handler = serve(PUBLIC, awsRuntime);
