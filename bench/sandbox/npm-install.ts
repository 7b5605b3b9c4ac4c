/**
 * An ordinary program with much to do: `npm install express` with npm's cache warm, under `custos run` on the bubblewrap
 * rung, from the command's start to its end with the list of what changed. The agent `run` was granted tunnels to the
 * registry once, and every other host waits for a person. Beside it, the same without. Both ask the registry, so it is
 * left out where there is none.
 */
import { lookup } from 'node:dns/promises'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readAddress } from '../../src/sandbox/egress/address.ts'
import { addressClass } from '../../src/sandbox/egress/address-class.ts'
import { CommandLineHome } from '../../test/harness/command-line-home.ts'
import type { OpenSuite, Slice } from '../measure/contest.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { wholeProgram } from '../measure/whole-program.ts'

const installation = ['install', 'express']
const subject = 'custos run -- npm'
const reference = 'npm'
const none: OpenSuite = { contests: [], close: () => Promise.resolve() }

/** A person's home with a warm cache, and folders to install into. */
interface Setting {
  /** Boots, and grants the registry to whoever runs programs. */
  readonly allow: () => Promise<void>
  readonly plain: () => Promise<Slice>
  readonly governed: () => Promise<Slice>
  close(): Promise<void>
}

/** The contest; none, and the reason on standard error, where the registry does not answer. */
export async function openNpmInstall(isOnline: boolean): Promise<OpenSuite> {
  if (!isOnline) return skipped('--offline was said')
  const setting = await openSetting()
  try {
    await setting.plain()
    await setting.allow()
    await setting.governed()
  } catch (error) {
    await setting.close()
    return skipped((error as Error).message)
  }
  const { plain, governed } = setting
  return {
    contests: [
      {
        title: 'npm install express, cache warm',
        unit: 'installations',
        ours: [{ name: subject, slice: governed }],
        references: [{ name: reference, slice: plain }],
        bars: [{ subject, reference, of: 'latency', bar: 1.5 }],
        mostRounds: 5,
      },
    ],
    close: () => setting.close(),
  }
}

function skipped(reason: string): OpenSuite {
  process.stderr.write(`bench: no npm install express: ${reason}\n`)
  return none
}

async function openSetting(): Promise<Setting> {
  const person = temporaryFolder()
  const registry = new URL(process.env['npm_config_registry'] ?? 'https://registry.npmjs.org/')
  const home = withHome(person.path, () => new CommandLineHome())
  const env = { ...home.env, npm_config_registry: registry.href }
  let folders = 0
  const folder = (): string => {
    const made = join(home.work, String(++folders))
    mkdirSync(made)
    return made
  }
  const [node = '', program = ''] = home.command
  const flags = ['--rung', 'bubblewrap']
  const terms = await termsOf(registry)
  return {
    async allow() {
      await home.must('up')
      // Makes the agent and its services.
      await home.must('run', ...flags, '--', 'true')
      await home.must('grant', 'run', 'net', 'net/connect', ...terms.flatMap((term) => ['--where', term]))
    },
    plain: () => wholeProgram({ command: 'npm', args: installation, cwd: folder(), env }),
    governed: () => {
      const args = [program, 'run', ...flags, '--', 'npm', ...installation]
      return wholeProgram({ command: node, args, cwd: folder(), env })
    },
    async close() {
      await home.remove()
      person.remove()
    },
  }
}

/** The registry alone. A mirror that is near has to be named with its address. */
async function termsOf({ hostname, port, protocol }: URL): Promise<readonly string[]> {
  const { address } = await lookup(hostname)
  const read = readAddress(address)
  const isPublic = read !== null && addressClass(read) === 'public'
  const ports = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  const terms = [`host = ${hostname}`, `port in [${ports}]`]
  return isPublic ? terms : [...terms, `address = ${address}`]
}

/** Makes something while `path` is the person's home. */
function withHome<T>(path: string, make: () => T): T {
  const before = homedir()
  process.env['HOME'] = path
  try {
    return make()
  } finally {
    process.env['HOME'] = before
  }
}
