/**
 * What an attacker could wish for, planted outside: canaries in files, homes, state and memory, listeners of every
 * kind that count who comes, and a folder that must not change. Everything lives in one temporary folder and on
 * loopback, and belongs to whoever runs the attacks.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { openFolder } from '../../../src/sandbox/changes/held-folder.ts'
import { removeTreeAt } from '../../../src/sandbox/changes/remove-tree.ts'

/** Text that must never be seen from inside. */
export const canary = 'CUSTOS-CANARY'

function startVictim(): ChildProcess {
  return spawn('sleep', ['600'], { env: { SECRET: `${canary} in memory` }, stdio: 'ignore' })
}

/** Memory, a queue of messages and a semaphore under one number, and a queue under a name, open to everybody. */
const plantShared = `umask 0; my ($key, $name, $canary) = @ARGV; shmget($key, 4096, 01666) // die;
  my $q = msgget($key, 01666) // die; msgsnd($q, pack('l! a*', 1, $canary), 0); semget($key, 1, 01666) // die;
  my $m = syscall(240, $name, 0102, 0666, 0); $m >= 0 or die; syscall(242, $m, $canary, length $canary, 0, 0)`
const clearShared = `my ($key, $name) = @ARGV; shmctl(shmget($key, 0, 0), 0, 0); msgctl(msgget($key, 0), 0, 0);
  semctl(semget($key, 0, 0), 0, 0, 0); syscall(241, $name)`

/** What a neighbour's bridge to the network looks like from outside. */
function startBridge(): ChildProcess {
  return spawn('perl', ['-e', `$0 = 'custos-bridge'; sleep 600`], { stdio: 'ignore' })
}

/** The planted world. */
export class AttackWorld {
  readonly root: string = mkdtempSync(join(tmpdir(), 'cst-'))
  readonly folder: string = join(this.root, 'work')
  readonly person: string = join(this.root, 'person')
  /** A folder that some boundaries write in place. */
  readonly shared: string = join(this.root, 'shared')
  readonly state: string = join(this.root, 'state')
  /** Who came: names of listeners. */
  readonly visits: string[] = []
  victim: ChildProcess = startVictim()
  /** Of a neighbour. */
  bridge: ChildProcess = startBridge()
  readonly abstract: string = `custos-attack-${process.pid}`
  readonly places: { [name: string]: string } = {}
  readonly #shared: string = `/dev/shm/custos-attack-${process.pid}`
  readonly #key: number = 0x43000000 + process.pid
  readonly #servers: { close(): unknown }[] = []
  #count = 0

  constructor() {
    chmodSync(this.root, 0o755)
    for (const folder of [
      'work',
      'shared',
      'person/.ssh',
      'person/.aws',
      'state/keys',
      'state/run',
      'state/domains/main/ledger',
      'egress/own',
      'egress/other',
      'module',
    ])
      mkdirSync(join(this.root, folder), { recursive: true })
    for (const file of [
      'outside.txt',
      'person/.ssh/id_ed25519',
      'person/.aws/credentials',
      'person/notes.txt',
      'state/keys/ada.key',
      'state/domains/main/ledger/00000001.seg',
    ])
      writeFileSync(join(this.root, file), `${canary} in ${file}\n`)
    chmodSync(this.shared, 0o777)
    // Says where it was loaded, if it can.
    writeFileSync(join(this.root, 'module', 'Planted.pm'), `open(F, '>', '${join(this.root, 'loaded')}'); 1`)
    writeFileSync(this.#shared, canary)
    spawnSync('perl', ['-e', plantShared, String(this.#key), this.abstract, canary])
    this.refresh()
  }

  /** Everything that attacks before may have changed, as it was, and a fresh store. */
  refresh(): void {
    this.#count++
    if (!lives(this.victim)) this.victim = startVictim()
    if (!lives(this.bridge)) this.bridge = startBridge()
    for (const name of readdirSync(this.shared))
      rmSync(join(this.shared, name), { recursive: true, force: true })
    for (const name of ['planted', 'raced', 'loaded', 'person/.profile'])
      rmSync(join(this.root, name), { force: true })
    writeFileSync(join(this.person, 'notes.txt'), `${canary} in person/notes.txt\n`)
    rmSync(this.folder, { recursive: true, force: true })
    mkdirSync(this.folder)
    // Where root’s boundaries cannot show a folder as somebody else’s, it has to be everybody’s.
    chmodSync(this.folder, 0o777)
    writeFileSync(join(this.folder, 'kept.txt'), 'as it was\n')
    this.visits.length = 0
  }

  get store(): string {
    return join(this.root, `store-${this.#count}`)
  }

  /** Opens the listeners. */
  async listen(): Promise<void> {
    const { places } = this
    places['tcp4'] = await this.#serve('tcp4', { host: '127.0.0.1', port: 0 })
    places['tcp6'] = await this.#serve('tcp6', { host: '::1', port: 0 }).catch(() => '')
    places['path'] = await this.#serve('path', { path: join(this.root, 'host.sock') })
    places['operator'] = await this.#serve('operator', { path: join(this.state, 'run', 'operator.sock') })
    places['egress'] = await this.#serve('egress', { path: join(this.root, 'egress', 'own', 's') })
    places['other'] = await this.#serve('other', { path: join(this.root, 'egress', 'other', 's') })
    await this.#serve('abstract', { path: `\0${this.abstract}` })
    const datagrams = createSocket('udp4')
    datagrams.on('message', () => this.visits.push('udp4'))
    await new Promise<void>((resolve) => datagrams.bind(0, '127.0.0.1', resolve))
    places['udp4'] = String(datagrams.address().port)
    this.#servers.push(datagrams)
  }

  async #serve(name: string, where: { host?: string; port?: number; path?: string }): Promise<string> {
    const server: Server = createServer((socket) => {
      this.visits.push(name)
      socket.on('error', () => undefined)
      socket.end(`${canary} over ${name}\n`)
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve))
    this.#servers.push(server)
    const address = server.address()
    if (typeof address !== 'string') return String((address as AddressInfo).port)
    // Whoever reaches it may use it: rights of files are not what is tried here.
    if (existsSync(address)) chmodSync(address, 0o777)
    return address
  }

  /** What the attacker is told: it may know everything but the canaries. */
  environment(): { readonly [name: string]: string } {
    return {
      A_ROOT: this.root,
      A_FOLDER: this.folder,
      A_STATE: this.state,
      A_SHARED: this.shared,
      A_PERSON: this.person,
      A_VICTIM: String(this.victim.pid),
      A_BRIDGE: String(this.bridge.pid),
      A_SELF: String(process.pid),
      A_ABSTRACT: this.abstract,
      A_SHMKEY: String(this.#key),
      A_HOSTNAME: hostname(),
      ...Object.fromEntries(
        Object.entries(this.places).map(([name, place]) => [`A_${name.toUpperCase()}`, place]),
      ),
    }
  }

  /** Whether the folder is exactly what it was. */
  whyFolderChanged(): string | null {
    const names = existsSync(this.folder) ? readdirSync(this.folder) : []
    if (names.length !== 1 || names[0] !== 'kept.txt') return `the folder holds ${names.join(', ')}`
    return readFileSync(join(this.folder, 'kept.txt'), 'utf8') === 'as it was\n'
      ? null
      : 'the file was changed'
  }

  get victimLives(): boolean {
    return lives(this.victim)
  }

  /** A process that outlived the boundary it was started in, or null. */
  survivor(): string | null {
    const found = spawnSync('pgrep', ['-f', `custos-survivor-${process.pid}`], {
      encoding: 'utf8',
    }).stdout.trim()
    for (const pid of found.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
    return found === '' ? null : `process ${found} lives`
  }

  close(): void {
    for (const child of [this.victim, this.bridge]) child.kill('SIGKILL')
    rmSync(this.#shared, { force: true })
    spawnSync('perl', ['-e', clearShared, String(this.#key), this.abstract])
    for (const server of this.#servers) server.close()
    // Programs leave folders that nobody may enter, or that are too deep for a path.
    const above = openFolder(dirname(this.root))
    removeTreeAt(above, basename(this.root))
    closeSync(above)
  }
}

/** Whether it has not ended. */
export function lives({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}
