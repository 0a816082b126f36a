import { start } from '@tap-webhooks/singer/command';
import { program } from './program.js';

await start(program);
