import { testInbox } from '../../contracts/inbox.js';
import { memoryDriver } from '../../helpers/memory-driver.js';

testInbox({ name: 'memory', driver: memoryDriver });
