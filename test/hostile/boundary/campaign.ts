/**
 * Runs the whole table: every attack on every rung, as root if we are root and as an ordinary user, and each once
 * more on the bubblewrap rung without the defences it names. The first must come to nothing, the last to harm.
 */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Rung } from '../../../src/sandbox/boundary.ts'
import { attackFamilies } from './attack-list.ts'
import type { Attack } from './attack.ts'
import { canary } from './attack-world.ts'
import type { AttackResult } from './launch-attack.ts'

/** Who starts the boundary. */
export type Starter = 'root' | 'user'

/** One attack and what came of it. */
export interface Finding extends AttackResult {
  readonly name: string
}

/** Every attack there is. */
export const attacks: readonly Attack[] = attackFamilies.flatMap((family) => family.attacks)

/** How a worker's boundaries differ from the product's. */
interface Changed {
  readonly without?: readonly string[]
  readonly isLoosened?: boolean
}

/** The sources of boundaries, of the screen that shows changes, and of the attacks. */
const copied = [
  'src/base',
  'src/wire',
  'src/kernel',
  'src/sandbox',
  'src/cli/changes',
  'src/cli/escape.ts',
  'test/hostile/boundary',
]

const isRoot = process.getuid?.() === 0
/** Where the sources are. */
export const repository: string = fileURLToPath(new URL('../../../', import.meta.url))
/** Owns nothing and is nobody. Each worker is another one: what is counted by user is then counted by worker. */
const firstStranger = 61_234
/**
 * Workers at a time: most of an attack is waiting. Not more, because some limits are kept by a look now and then, and
 * whoever looks must come to it.
 */
const lanes = 2
/** What one worker tries, so that long ones do not come one after the other. */
const attacksEach = 20
/** Higher than what Node looks after. */
const leakedDescriptor = 70
const longestMs = 600_000

/** Attacks that mean something on this rung for this starter. */
export function attacksOn(rung: Rung, starter: Starter): readonly Attack[] {
  const served = starter === 'user' ? 'user' : 'groups'
  return attacks.filter(({ notOn, needs = served }) => notOn?.[rung] === undefined && needs === served)
}

/** What workers run from: a copy that anybody may read, because an ordinary user cannot look into root's folders. */
export class Workshop {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'cst-'))
  readonly #node: string
  #stranger = firstStranger
  #free = lanes
  readonly #waiting: (() => void)[] = []

  constructor() {
    chmodSync(this.#folder, 0o755)
    for (const path of copied) cpSync(join(repository, path), join(this.#folder, path), { recursive: true })
    if (existsSync(join(repository, 'src/supervisor')))
      cpSync(join(repository, 'src/supervisor'), join(this.#folder, 'src/supervisor'), { recursive: true })
    writeFileSync(join(this.#folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(this.#folder, 'leaked'), `${canary} in a descriptor\n`)
    this.#node = join(this.#folder, 'node')
    cpSync(process.execPath, this.#node, { dereference: true })
    chmodSync(this.#node, 0o755)
  }

  /** Runs attacks in workers beside each other; findings come in the order of the names. A worker that fails is an error. */
  async run(
    starter: Starter,
    rung: Rung | 'none',
    names: readonly string[],
    changed: Changed = {},
  ): Promise<readonly Finding[]> {
    const parts = Array.from({ length: Math.ceil(names.length / attacksEach) }, (_, part) =>
      names.slice(part * attacksEach, (part + 1) * attacksEach),
    )
    return (await Promise.all(parts.map((part) => this.#work(starter, rung, part, changed)))).flat()
  }

  /** Runs attacks in one worker, when there is a lane for it. */
  async #work(
    starter: Starter,
    rung: Rung | 'none',
    names: readonly string[],
    changed: Changed,
  ): Promise<readonly Finding[]> {
    if (this.#free === 0) await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    else this.#free--
    try {
      return await this.#worker(starter, rung, names, changed)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  #worker(
    starter: Starter,
    rung: Rung | 'none',
    names: readonly string[],
    changed: Changed,
  ): Promise<readonly Finding[]> {
    const home = mkdtempSync(join(this.#folder, 'home-'))
    const temporary = join(home, 'tmp')
    mkdirSync(temporary)
    chmodSync(home, 0o777)
    chmodSync(temporary, 0o777)
    const isDropped = starter === 'user' && isRoot
    const stranger = this.#stranger++
    const words = [
      ...(isDropped
        ? ['setpriv', `--reuid=${stranger}`, `--regid=${stranger}`, '--clear-groups', '--inh-caps=-all']
        : []),
      'perl',
      '-MPOSIX',
      '-e',
      leak,
      join(this.#folder, 'leaked'),
      this.#node,
      join(this.#folder, 'test/hostile/boundary/worker.ts'),
      '--rung',
      rung,
      ...names.flatMap((name) => ['--attack', name]),
      ...(changed.without ?? []).flatMap((name) => ['--without', name]),
      ...(changed.isLoosened === true ? ['--loosened'] : []),
    ]
    const env = {
      PATH: `${process.env['PATH']}:/usr/sbin`,
      HOME: home,
      TMPDIR: temporary,
      LEAKED: `${canary} in the environment`,
    }
    return outputOf(words, env, join(home, 'said'))
  }

  /**
   * Tries every one of these attacks where what stops it is missing, those that lack the same in one worker. What
   * only root can do is left out where we are not root.
   */
  async controls(wanted: readonly Attack[]): Promise<readonly Finding[]> {
    const alike = Map.groupBy(
      wanted.filter(({ without }) => without !== 'plain as root' || isRoot),
      ({ without }) => JSON.stringify(without),
    )
    const findings = [...alike.values()].map((alike) => {
      const without = alike[0]?.without ?? []
      const names = alike.map(({ name }) => name)
      return typeof without === 'string'
        ? this.run(without === 'plain' ? 'user' : 'root', 'none', names)
        : this.run('user', 'bubblewrap', names, { without, isLoosened: true })
    })
    return (await Promise.all(findings)).flat()
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const leak = `open(F, '<', shift) or die; POSIX::dup2(fileno(F), ${leakedDescriptor}); exec @ARGV`

/** The worker's standard error is a file at `saidAt`, as it is for who keeps a log. */
async function outputOf(
  [command = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  saidAt: string,
): Promise<readonly Finding[]> {
  const said = openSync(saidAt, 'w+')
  const child = spawn(command, args, {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', said],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  })
  closeSync(said)
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0)
    throw new Error(`a worker ended with ${code}: ${readFileSync(saidAt, 'latin1').slice(-4_000)}`)
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Finding)
}
