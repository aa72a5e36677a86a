import { createAuthenticate } from './api/authentication/authenticate.ts';
import { VENDOR } from './api/operations/vendor.ts';
import { serve } from './api/serve.ts';
import { awsDependencies } from './aws/aws-dependencies.ts';

export const handler = serve(VENDOR, awsDependencies, createAuthenticate());
