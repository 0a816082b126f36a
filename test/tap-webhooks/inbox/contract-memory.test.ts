import { MemoryStore, openMemoryInbox } from '../../../packages/tap-webhooks/dist/inbox/memory.js';
import { testInbox } from '../../contracts/inbox.js';
import { reopenable } from './reopenable.js';

testInbox({
  name: 'memory',
  open() {
    const store = new MemoryStore();
    return reopenable(() => openMemoryInbox(store));
  },
});
