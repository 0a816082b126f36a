// Payloads like those of GitHub: 326 events of 60 kinds, each with a few wide objects that all kinds share and some that are its
// own, in all about 5,700 columns and 4 MB.

const KINDS = 60;
const PAYLOADS = 326;

export function madeUpPayloads() {
  return Array.from({ length: PAYLOADS }, (_, n) => payload(n, n % KINDS));
}

function payload(n, kind) {
  const own = fields(`kind${kind}`, 45, n);
  return {
    action: n % 2 ? 'created' : 'edited',
    [`kind${kind}`]: { ...own, user: account('user', n), labels: [fields('label', 6, n)] },
    repository: {
      ...fields('repository', 85, n),
      owner: account('owner', n),
      license: n % 3 ? null : fields('license', 5, n),
    },
    organization: fields('organization', 12, n),
    sender: account('sender', n),
  };
}

function account(prefix, n) {
  return { login: 'octocat', id: n, site_admin: false, ...fields(`${prefix}_url`, 16, n) };
}

/** Fields of the usual types; some are null, empty or absent in one event and filled in another. */
function fields(prefix, count, n) {
  const values = [
    (i) => `https://api.github.com/repos/octocat/hello-world/${prefix}/${i}{/sha}`,
    (i) => n + i,
    (i) => i % 4 === 0,
    (i) => (n % 5 === 0 ? null : `text of ${i}`),
    (i) => (n % 7 === 0 ? [] : [`topic-${i}`]),
    () => (n % 11 === 0 ? {} : { total_count: n, url: 'https://api.github.com' }),
  ];
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}_${i}`, values[(i * 5) % 6 > 3 ? 0 : i % 6](i)]),
  );
}
