import { configOf } from './vitest.config.ts';

/** `npm run test:deep`: the rounds, requests and crash points that `npm test` leaves out. */
export default configOf('deep');
