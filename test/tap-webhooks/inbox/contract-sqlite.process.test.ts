import { openSqliteWriter } from '../../../packages/tap-webhooks/dist/inbox/sqlite/writer.js';
import { testInbox } from '../../contracts/inbox.js';
import { tempFolder } from '../../helpers/temp.js';
import { reopenable } from './reopenable.js';

testInbox({
  name: 'sqlite',
  open() {
    const folder = tempFolder();
    return reopenable(() => openSqliteWriter(folder));
  },
});
