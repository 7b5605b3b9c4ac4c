/**
 * Ways of naming a file beside the folder that a server was given, as they were published against file servers of
 * all kinds: the two of the MCP filesystem server (CVE-2025-53109, by links, and CVE-2025-53110, by prefixes), and
 * what web servers, archives and Windows have taught since. Every one leads to a secret if somebody along the way
 * reads it otherwise than whoever judged it.
 */

/** Where things are. All absolute, canonical. */
export interface Landmarks {
  readonly root: string
  /** The folder that was given. */
  readonly given: string
  /** A file beside it. */
  readonly secret: string
}

/** One way, as a path. */
export interface Spelling {
  readonly name: string
  readonly path: (landmarks: Landmarks) => string
}

const dots: readonly (readonly [string, string])[] = [
  ['dots', '../secret/secret.txt'],
  ['dots after a dot', './../secret/secret.txt'],
  ['dots after a folder', 'sub/../../secret/secret.txt'],
  ['dots after what is not there', 'nothing/../../secret/secret.txt'],
  ['dots and double slashes', '..//secret//secret.txt'],
  ['many dots', '././././../secret/././secret.txt'],
  ['a very long way', `${'sub/../'.repeat(500)}../secret/secret.txt`],
  ['an encoded dot', '%2e%2e/secret/secret.txt'],
  ['an encoded slash', '..%2fsecret%2fsecret.txt'],
  ['everything encoded', '%2e%2e%2fsecret%2fsecret.txt'],
  ['half of the dots encoded', '.%2e/secret/secret.txt'],
  ['encoded in capitals', '%2E%2E%2Fsecret%2Fsecret.txt'],
  ['encoded twice', '%252e%252e%252fsecret%252fsecret.txt'],
  ['an overlong dot', '%c0%ae%c0%ae/secret/secret.txt'],
  ['an overlong slash', '..%c0%afsecret%c0%afsecret.txt'],
  ['an encoding that only some knew', '%u002e%u002e%u002fsecret/secret.txt'],
  ['backslashes', String.raw`..\secret\secret.txt`],
  ['mixed separators', String.raw`..\secret/secret.txt`],
  ['encoded backslashes', '..%5csecret%5csecret.txt'],
  ['wide dots', '．．/secret/secret.txt'],
  ['a wide slash', '..／secret／secret.txt'],
  ['two dots in one character', '‥/secret/secret.txt'],
  ['dots that are left when dots are taken out', '....//secret/secret.txt'],
  ['the same the other way', '..././secret/secret.txt'],
  ['a parameter', '..;/secret/secret.txt'],
  ['a parameter with a value', '..;a=b/secret/secret.txt'],
  ['trailing blanks', '.. /secret/secret.txt '],
  ['a character of no width', '.\u200b./secret/secret.txt'],
  ['a tab', '.\t./secret/secret.txt'],
  ['a line end', '../secret/secret.txt\n'],
  ['a zero byte before an innocent end', '../secret/secret.txt\0.png'],
  ['a question', '../secret/secret.txt?x=.png'],
  ['a fragment', '../secret/secret.txt#.png'],
  ['another case', '../SECRET/Secret.TXT'],
]

/** Names of links in the folder, see `TraversalPlace`, and what follows them. */
const links: readonly (readonly [string, string])[] = [
  ['a link to a folder', 'link/secret.txt'],
  ['a link to a file', 'link.txt'],
  ['a link to a link', 'chain/secret.txt'],
  ['a link upwards', 'up/secret/secret.txt'],
  ['a link to a neighbour with the same beginning', 'neighbour/secret.txt'],
]

/** All of them. */
export const spellings: readonly Spelling[] = [
  ...[...dots, ...links].map(([name, rest]) => ({
    name,
    path: ({ given }: Landmarks) => `${given}/${rest}`,
  })),
  ...dots.slice(0, 4).map(([name, rest]) => ({ name: `${name}, relative`, path: () => rest })),
  { name: 'a link to the root', path: ({ given, secret }) => `${given}/root${secret}` },
  { name: 'a link to the root of the process', path: ({ given, secret }) => `${given}/process${secret}` },
  { name: 'the path itself', path: ({ secret }) => secret },
  { name: 'two slashes in front', path: ({ secret }) => `/${secret}` },
  { name: 'a slash behind', path: ({ secret }) => `${secret}/` },
  { name: 'a dot behind', path: ({ secret }) => `${secret}.` },
  { name: 'blanks around', path: ({ secret }) => ` ${secret} ` },
  { name: 'quotes around', path: ({ secret }) => `"${secret}"` },
  { name: 'a zero byte before the folder', path: ({ secret, given }) => `${secret}\0${given}/in.txt` },
  { name: 'a neighbour with the same beginning', path: ({ given }) => `${given}-secret/secret.txt` },
  { name: 'a neighbour with a digit', path: ({ given }) => `${given}2/secret.txt` },
  { name: 'a neighbour by dots', path: ({ given }) => `${given}/../given-secret/secret.txt` },
  { name: 'the folder of the process', path: () => '/proc/self/cwd/../secret/secret.txt' },
  { name: 'the root of the process', path: ({ secret }) => `/proc/self/root${secret}` },
  { name: 'the root of the thread', path: ({ secret }) => `/proc/thread-self/root${secret}` },
  { name: 'the folder of descriptors', path: () => '/dev/fd/../cwd/../secret/secret.txt' },
  { name: 'a drive', path: ({ secret }) => `C:${secret}` },
  { name: 'a drive with backslashes', path: ({ secret }) => `C:${secret.replaceAll('/', '\\')}` },
  { name: 'a share', path: ({ secret }) => `//localhost${secret}` },
  { name: 'a share with backslashes', path: ({ secret }) => `\\\\localhost${secret.replaceAll('/', '\\')}` },
  { name: 'an extended path', path: ({ secret }) => `\\\\?\\${secret}` },
  { name: 'an address', path: ({ secret }) => `file://${secret}` },
  { name: 'an address with a host', path: ({ secret }) => `file://localhost${secret}` },
  { name: 'the home', path: () => '~/../secret/secret.txt' },
  { name: 'the home as a variable', path: () => '$HOME/../secret/secret.txt' },
  { name: 'the home as a variable in braces', path: () => '${HOME}/../secret/secret.txt' },
]
