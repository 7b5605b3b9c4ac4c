/**
 * The environment of a run, made and not inherited: a shell's variables are where tokens lie. What a program needs
 * to show itself properly is passed on, by a short list of names; all else a person names with `--env`.
 */
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { gitIdentity } from './git-identity.ts'

/** Variables that say how to show things, and nothing about anybody. */
const passedOn = [
  'TERM',
  'COLORTERM',
  'TERM_PROGRAM',
  'NO_COLOR',
  'FORCE_COLOR',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'LC_MESSAGES',
  'LC_COLLATE',
  'LC_TIME',
  'LC_NUMERIC',
  'TZ',
] as const

/** Where a person's programs find the authorities that they trust, where that is not the system's own place. */
const authorities = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
] as const

/** What the environment is made from. */
export interface EnvironmentSource {
  /** The person's own. */
  readonly env: NodeJS.ProcessEnv
  /** The path of the person's home, where inside an empty private folder is. */
  readonly home: string
  /** The folder that it works in. */
  readonly folder: string
  /** The PATH that works inside. */
  readonly path: string
  /** The folder of npm's cache when a private view of it is there, else null. */
  readonly npmCache: string | null
  readonly variables: { readonly [name: string]: string }
  readonly run: string
  /** By which an SDK program inside attaches as the run's own process. */
  readonly token: string
}

/** All variables of the run. */
export function runEnvironment(source: EnvironmentSource): { readonly [name: string]: string } {
  const { env, home, folder, path, npmCache, variables, run, token } = source
  const made: { [name: string]: string } = {}
  for (const name of [...passedOn, ...authorities]) {
    const value = env[name]
    if (value !== undefined && value !== '') made[name] = value
  }
  const user = userName()
  const registry = env['npm_config_registry'] ?? registryOf(home)
  return {
    LANG: 'C.UTF-8',
    ...made,
    PATH: path,
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    TMPDIR: '/tmp',
    ...toolHomes(env, home),
    ...gitIdentity(home, folder),
    npm_config_update_notifier: 'false',
    ...(npmCache === null ? {} : { npm_config_cache: npmCache, npm_config_logs_dir: '/tmp/npm-logs' }),
    ...(registry === null ? {} : { npm_config_registry: registry }),
    CUSTOS_RUN: run,
    CUSTOS_TOKEN: token,
    ...variables,
  }
}

/** Nobody is root inside, whoever starts it; and not every user is in the list of users. */
function userName(): string {
  try {
    return process.getuid?.() === 0 ? 'custos' : userInfo().username
  } catch {
    return 'custos'
  }
}

/** Version managers are found by a variable; their folders are shown where the person has them. */
function toolHomes(env: NodeJS.ProcessEnv, home: string): { readonly [name: string]: string } {
  const names = ['PYENV_ROOT', 'PYENV_VERSION', 'NVM_DIR', 'VOLTA_HOME', 'RUSTUP_HOME', 'VIRTUAL_ENV']
  return {
    ...(env['RUSTUP_HOME'] === undefined ? { RUSTUP_HOME: join(home, '.rustup') } : {}),
    ...Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  }
}

/**
 * The registry that the person's npm uses. The file that says so may hold tokens as well and is not there inside, so
 * the one harmless line is taken out of it; an address with credentials in it is left where it is.
 */
function registryOf(home: string): string | null {
  let text = ''
  try {
    text = readFileSync(join(home, '.npmrc'), 'utf8')
  } catch {
    return null
  }
  const value = /^registry\s*=\s*(?<address>\S+)\s*$/mu.exec(text)?.groups?.['address']
  const address = value === undefined || !URL.canParse(value) ? null : new URL(value)
  return address === null || address.username !== '' || address.password !== '' || address.search !== ''
    ? null
    : address.href
}
