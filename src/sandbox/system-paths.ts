/**
 * What of the machine is always there inside a boundary, what is emptied, and what is covered whatever else is said.
 * The list of secrets is a list and can be incomplete: it matters where a person shows their home folder, or a folder
 * above it. By default no home folder is there at all.
 */
import { accessSync, constants, readdirSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'

/** Folders without which no program runs; those that exist are readable in every boundary. */
export const systemFolders: readonly string[] = [
  '/bin',
  '/etc',
  '/gnu/store',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/nix/store',
  '/sbin',
  '/usr',
  '/var/lib/ca-certificates',
]

/** What of `/` is not there when all of the machine is readable: what is a person's, running, or passing. */
export const emptiedFolders: readonly string[] = [
  '/boot',
  '/dev',
  '/home',
  '/lost+found',
  '/media',
  '/mnt',
  '/proc',
  '/root',
  '/run',
  '/srv',
  '/sys',
  '/tmp',
  '/var',
]

/** Secrets of the system. Most are closed to ordinary users anyway. */
const systemSecrets: readonly string[] = [
  '/etc/NetworkManager/system-connections',
  '/etc/docker/key.json',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/ipsec.secrets',
  '/etc/krb5.keytab',
  '/etc/kubernetes',
  '/etc/letsencrypt',
  '/etc/openvpn',
  '/etc/passwd-',
  '/etc/ppp/chap-secrets',
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/ssh/ssh_host_dsa_key',
  '/etc/ssh/ssh_host_ecdsa_key',
  '/etc/ssh/ssh_host_ed25519_key',
  '/etc/ssh/ssh_host_rsa_key',
  '/etc/ssl/private',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/wireguard',
  '/etc/wpa_supplicant',
  '/var/lib/docker',
  '/var/lib/kubelet',
]

/** Keys, credentials, histories and profiles, below a home folder. */
const homeSecrets: readonly string[] = [
  // Keys and signing.
  '.gnupg',
  '.password-store',
  '.pki',
  '.putty',
  '.ssh',
  '.local/share/keyrings',
  '.gnome2/keyrings',
  '.kde/share/apps/kwallet',
  '.local/share/kwalletd',
  '.config/Bitwarden',
  '.config/Bitwarden CLI',
  '.config/1Password',
  '.config/keepassxc',
  '.config/op',
  '.config/sops',
  '.age',
  // Clouds, clusters and registries.
  '.aws',
  '.azure',
  '.boto',
  '.config/doctl',
  '.config/containers/auth.json',
  '.config/gcloud',
  '.config/helm',
  '.config/hcloud',
  '.config/heroku',
  '.config/netlify',
  '.config/rclone',
  '.config/scw',
  '.config/vercel',
  '.docker',
  '.fly',
  '.kube',
  '.minikube',
  '.oci',
  '.s3cfg',
  '.terraform.d',
  '.terraformrc',
  '.vault-token',
  // Code hosts and package managers.
  '.bundle/config',
  '.cargo/credentials',
  '.cargo/credentials.toml',
  '.composer/auth.json',
  '.config/composer/auth.json',
  '.config/gh',
  '.config/git/credentials',
  '.config/glab-cli',
  '.config/hub',
  '.config/pypoetry/auth.toml',
  '.gem/credentials',
  '.git-credentials',
  '.gradle/gradle.properties',
  '.m2/settings-security.xml',
  '.m2/settings.xml',
  '.netrc',
  '.npmrc',
  '.nuget/NuGet/NuGet.Config',
  '.pypirc',
  '.yarnrc',
  '.yarnrc.yml',
  // Databases and network tools.
  '.config/ngrok',
  '.my.cnf',
  '.mylogin.cnf',
  '.ngrok2',
  '.pgpass',
  // Agents and models.
  '.cache/huggingface/token',
  '.claude/.credentials.json',
  '.codex/auth.json',
  '.config/github-copilot',
  '.gemini/oauth_creds.json',
  '.huggingface/token',
  '.local/share/opencode/auth.json',
  // Browsers, mail and messages.
  '.config/BraveSoftware',
  '.config/Signal',
  '.config/Slack',
  '.config/chromium',
  '.config/discord',
  '.config/google-chrome',
  '.config/microsoft-edge',
  '.config/opera',
  '.config/vivaldi',
  '.local/share/TelegramDesktop',
  '.mozilla',
  '.mutt',
  '.muttrc',
  '.thunderbird',
  '.var/app',
  'snap/chromium',
  'snap/firefox',
  // The way to the screen.
  '.ICEauthority',
  '.Xauthority',
  // Coins.
  '.bitcoin',
  '.config/solana',
  '.electrum',
  '.ethereum',
  // What was typed.
  '.bash_history',
  '.lesshst',
  '.local/share/fish',
  '.mysql_history',
  '.node_repl_history',
  '.psql_history',
  '.python_history',
  '.rediscli_history',
  '.sqlite_history',
  '.viminfo',
  '.zsh_history',
  '.zsh_sessions',
  // Custos itself.
  '.config/custos',
  '.custos',
]

const mostHomes = 1_000

/** The home folder of whoever starts this, as the system knows it and as the environment says. */
export function ownHomes(): readonly string[] {
  homes ??= findHomes()
  return homes
}

let homes: readonly string[] | null = null

function findHomes(): readonly string[] {
  const known = [homedir()]
  try {
    known.push(userInfo().homedir)
  } catch {
    // A user who is not in the list of users has no other home.
  }
  return [...new Set(known)].filter((path) => path.startsWith('/') && resolve(path) !== '/')
}

/**
 * Every path that is covered in every boundary if it could be seen: secrets of the system and of every home folder,
 * and all of ours. The paths may be missing and need not be canonical.
 */
export function secretPaths(env: NodeJS.ProcessEnv): readonly string[] {
  const others = [...(namesIn('/home') ?? [])].map((name) => join('/home', name))
  const all = new Set([...ownHomes(), '/root', ...others])
  const own = [env['CUSTOS_HOME'], env['CUSTOS_KEYS']].flatMap((path) =>
    path === undefined || path === '' ? [] : [resolve(path)],
  )
  return [...systemSecrets, ...own, ...[...all].slice(0, mostHomes).flatMap(secretsOf)]
}

/** Looking a hundred names up takes longer than starting a program, so a home is listed where that is possible. */
function secretsOf(home: string): readonly string[] {
  const names = namesIn(home)
  if (names !== null)
    return homeSecrets.filter((name) => names.has(firstPart(name))).map((name) => join(home, name))
  try {
    // What we cannot enter, nothing that runs as us can enter.
    accessSync(home, constants.X_OK)
  } catch {
    return []
  }
  return homeSecrets.map((name) => join(home, name))
}

function firstPart(path: string): string {
  const [first = ''] = path.split('/', 1)
  return first
}

/** Names in `folder`, or null when it cannot be listed. */
function namesIn(folder: string): ReadonlySet<string> | null {
  try {
    return new Set(readdirSync(folder))
  } catch {
    return null
  }
}
