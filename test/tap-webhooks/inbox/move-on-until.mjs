// Moves an inbox on to another file, and is killed before the n-th step. Arguments: folder, n. Prints `whole` when there are
// fewer steps.
import { moveOn } from '../../../packages/tap-webhooks/dist/inbox/sqlite/copy/move-on.js';

const [folder, steps] = process.argv.slice(2);
const moving = moveOn(folder, { skipUnreadable: false });
for (let step = 0; step < Number(steps); step += 1) if (moving.next().done) process.stdout.write('whole');
process.kill(process.pid, 'SIGKILL');
