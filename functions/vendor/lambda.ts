import { awsRuntime } from '../aws/runtime.ts';
import { serve } from '../http/serve.ts';
import { createIdentify } from '../tokens/identify.ts';
import { VENDOR } from './operations.ts';

export const handler = serve(VENDOR, awsRuntime, createIdentify());
