import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { testInbox } from '../../contracts/inbox.js';
import { tempFolder } from '../../helpers/temp.js';

testInbox({ name: 'sqlite', driver: () => sqliteDriver(`${tempFolder()}/inbox`) });
