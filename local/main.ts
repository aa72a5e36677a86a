/** `npm start`. */
import { keepCompiled } from '../terminal/keep-compiled.ts';

keepCompiled();
const { start } = await import('./start.ts');
await start();
