import { existsSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { inboxNotDurable, inboxOnNetwork } from '../../../errors.js';

/** What a file system is worth to an inbox: on the network locks and syncs cannot be trusted, and others lose their content. */
export type Worth = 'durable' | 'network' | 'memory' | 'container';

/** Numbers by which Linux names file systems (statfs(2)). */
const WORTH: ReadonlyMap<number, Worth> = new Map([
  [0x6969, 'network'], // NFS
  [0x517b, 'network'], // SMB
  [0xff534d42, 'network'], // CIFS
  [0xfe534d42, 'network'], // SMB 2
  [0x01021997, 'network'], // 9p
  [0x65735546, 'network'], // FUSE: sshfs, s3fs, virtiofs and others
  [0x5346414f, 'network'], // AFS
  [0x00c36400, 'network'], // Ceph
  [0x0bd00bd3, 'network'], // Lustre
  [0x47504653, 'network'], // GPFS
  [0x7461636f, 'network'], // OCFS2
  [0x01161970, 'network'], // GFS2
  [0x786f4256, 'network'], // folders that VirtualBox shares
  [0x01021994, 'memory'], // tmpfs
  [0x858458f6, 'memory'], // ramfs
  [0x794c7630, 'container'], // overlay
]);

/** @param number from statfs. @param name as in the list of mounts. */
export function worthOf(number: number, name: string): Worth {
  if (name === 'fuse.fuse-overlayfs') return 'container'; // the root of a container without root
  return WORTH.get(number >>> 0) ?? 'durable';
}

/**
 * Checks where an inbox is, before a receiver opens or creates it.
 * @param require refuse what loses its content, too.
 * @returns a warning for the log; undefined when there is nothing to say.
 * @throws ToolkitError `inbox_on_network`, `inbox_not_durable`; exit 1.
 */
export function checkFileSystem(folder: string, require: boolean): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const existing = nearestExisting(resolve(folder));
  const { point, name } = mountOf(existing);
  const worth = worthOf(statfsSync(existing).type, name);
  if (worth === 'network') throw inboxOnNetwork(folder, point, name);
  if (worth === 'durable') return undefined;
  const what =
    worth === 'memory'
      ? `in memory (${name} on ${point}): a 200 is worth nothing once the machine restarts`
      : `in a container without a volume (${name} on ${point}): a 200 is worth nothing once the container is removed`;
  if (require) throw inboxNotDurable(folder, what);
  return `The inbox is ${what}`;
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? realpathSync(path) : nearestExisting(dirname(path));
}

interface Mount {
  readonly point: string;
  /** Kind of file system. */
  readonly name: string;
}

/** Lines of mountinfo: `36 35 98:0 /root /point options optional - kind source superoptions`. The last one that fits counts. */
function mountOf(path: string): Mount {
  let found: Mount = { point: sep, name: 'unknown' };
  for (const line of mounts()) {
    const [before = '', after = ''] = line.split(' - ');
    const point = (before.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, digits) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    const fits = point === sep || path === point || path.startsWith(`${point}${sep}`);
    if (fits && point.length >= found.point.length) found = { point, name: after.split(' ')[0] ?? 'unknown' };
  }
  return found;
}

function mounts(): string[] {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  } catch {
    return []; // only the names in the sentence are missing then
  }
}
