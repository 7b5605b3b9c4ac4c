/**
 * The kernel's process: started by the supervisor, which holds the other end of descriptor 3. It opens the
 * domain, records its boot, serves, and stops at once when the supervisor is gone or nothing can be recorded.
 */
import { flushCompileCache } from 'node:module'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { id } from '../base/ids.ts'
import type { Instant } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { ok } from '../base/result.ts'
import { verify } from '../base/signature.ts'
import { canonVersion, foundingDigest } from '../kernel/canon/first-edition.ts'
import { builtinJudge } from '../kernel/gate/judge.ts'
import { refusal } from '../kernel/refusal.ts'
import { connectionOf } from '../wire/connection.ts'
import { socketFolder } from '../wire/socket-folder.ts'
import type { Untimed } from './core.ts'
import type { CodeVerdict } from '../seal/code-check.ts'
import { adviceOn } from '../ledger/disk-failure.ts'
import type { DiskFailure } from '../ledger/port.ts'
import { acceptWaiting, judgeOwnCode } from './code-boot.ts'
import { readCanonFile, readFoundingCanon, writeCanonFile } from '../seal/canon-file.ts'
import type { KeptEvidence } from './evidence/keep-evidence.ts'
import { keepEvidence } from './evidence/keep-evidence.ts'
import { takeNotedReadings } from '../ledger/privacy/noted-readings.ts'
import { readGenesis, writeMemberGenesis } from './genesis.ts'
import { Machine } from './machine.ts'
import type { OpenedDomain } from './open-domain.ts'
import { openDomain } from './open-domain.ts'
import { serveSockets } from './serve.ts'
import type { FirstWords, Said } from './supervisor-link.ts'
import { SupervisorLink } from './supervisor-link.ts'
import { systemEntropy } from './system-entropy.ts'

/** What the kernel's events call the program that wrote them. */
const codeVersion = '0.1.0'
const tickMs = 100
const checkpointMs = 1_000
const refusalFlushMs = 10_000
const keepCompiledMs = 1_000
/** Exit code of a kernel that cannot open or can no longer write its ledger. */
const ledgerExit = 10

const clock = { now: () => id<Instant>(Date.now()) }
const entropy = systemEntropy()
const { values } = parseArgs({
  options: { home: { type: 'string' }, domain: { type: 'string', default: 'main' } },
})
const { home = '', domain } = values

function die(message: string, code = ledgerExit): never {
  process.stderr.write(`kernel ${domain}: ${message}\n`)
  process.exit(code)
}

/** The command that makes the domain, from the file that the first start or the sovereign wrote. */
function creation(ledgerKey: string, codeDigest: string | null): Result<Untimed, string> {
  const genesis = readGenesis(home, domain)
  if (!genesis.ok) return genesis
  const canon = readFoundingCanon()
  if (!canon.ok) return canon
  return ok({
    kind: 'domain.create',
    name: domain,
    ...genesis.value,
    canon: canon.value,
    canonDigest: foundingDigest,
    canonVersion,
    ...(codeDigest === null ? {} : { codeDigest }),
    policyVersion: builtinJudge.version,
    ledgerKey,
  })
}

function start(opened: OpenedDomain, link: SupervisorLink): Machine {
  const machine = new Machine(opened.state, {
    clock,
    entropy,
    judge: builtinJudge,
    ledger: opened.ledger,
    vault: opened.vault,
    verify,
    defer: (task) => void setImmediate(task),
    fail: (failure) => die(`nothing can be recorded any more: ${failure.message}; ${adviceOn(failure)}`),
    payloadAt: (seq) => opened.payloadAt(seq),
    tellSupervisor: (notice) => link.tell(notice),
    privacy: {
      destroy: (subject) => opened.destroySubject(subject),
      noted: () => takeNotedReadings(join(home, 'domains', domain, 'noted-readings')),
      warn: (message) => void process.stderr.write(`kernel ${domain}: ${message}\n`),
    },
    statements: {
      sign: (bytes) => opened.sign(bytes),
      prepareDomain: (name) => writeMemberGenesis(home, name, opened.ledgerKey),
      canonOf: (version) => {
        const kept = readCanonFile(home, version)
        return kept.ok ? kept.value.canon : undefined
      },
    },
    keepCanon: (signed) => writeCanonFile(home, signed),
    snapshot: opened.snapshots.take,
  })
  return machine
}

function recordBoot(machine: Machine, opened: OpenedDomain, words: FirstWords, code: CodeVerdict): void {
  const { halt, halts, boundary, said } = words
  if (machine.core.state.domain === null) {
    const created = creation(opened.ledgerKey, code.is === 'accepted' ? code.digest : null)
    if (!created.ok) die(created.error)
    machine.exchange.submit(created.value)
  }
  if (code.is === 'waiting') {
    const { core, exchange } = machine
    const ports = { core, exchange, vault: opened.vault, verify, argumentsOf: (): null => null }
    const accepted = acceptWaiting(home, code, ports)
    if (!accepted.ok) die(accepted.error)
  }
  machine.exchange.submit({
    kind: 'kernel.boot',
    code: codeVersion,
    policyVersion: builtinJudge.version,
    halt,
    halts,
    ...(boundary === null ? {} : { boundary }),
    safeguards: opened.outcome.safeguards,
  })
  if (opened.outcome.recovery !== null)
    machine.exchange.submit({ kind: 'ledger.recover', ...opened.outcome.recovery })
  machine.core.whenDurable(() => opened.outcome.settled())
  machine.privacy.begin()
  hearSovereign(machine, said)
}

/** A member serves nobody before it knows its operators. What it knows already outlives a statement it refuses. */
function hearSovereign({ core, statements }: Machine, said: Said | null): void {
  if (said !== null)
    statements?.accept(said.body, said.signature, (why) => {
      if (why !== null) process.stderr.write(`kernel ${domain}: a statement was refused: ${why.message}\n`)
    })
  const { domain: own, standing } = core.state
  if (own?.role === 'member' && standing === undefined)
    die('the sovereign has said nothing to this domain yet')
}

function keepTime(machine: Machine): void {
  setInterval(() => machine.tick(), tickMs)
  setInterval(() => machine.core.wantCheckpoint(), checkpointMs)
  setInterval(() => machine.exchange.flushRefusals(), refusalFlushMs)
}

/** Who is killed writes nothing at its end, so what was compiled is kept now. */
function keepCompiled(): void {
  setTimeout(() => flushCompileCache(), keepCompiledMs).unref()
}

/** Stops in good order: what was decided becomes durable and the head is signed. */
function stopCleanly(machine: Machine, opened: OpenedDomain, evidence: KeptEvidence): void {
  machine.exchange.flushRefusals()
  let isKeeping = false
  setInterval(() => {
    // Adapters that go down at the same time still add events, so the head is signed until it holds.
    machine.core.wantCheckpoint()
    if (isKeeping || !machine.core.isSealed || !evidence.isSettled()) return
    isKeeping = true
    void opened.snapshots.keepLast().then(() => {
      isKeeping = false
      if (!machine.core.isSealed) return
      opened.ledger.close()
      process.exit(0)
    })
  }, 5)
}

async function boot(link: SupervisorLink, words: FirstWords): Promise<Machine> {
  const { halt } = words
  let live: Machine | null = null
  const mirrorLost = ({ message }: DiskFailure): void => {
    process.stderr.write(`kernel ${domain}: the mirror failed, and it goes on without: ${message}\n`)
    // A batch that is being acknowledged is no place to decide anything.
    setImmediate(() => live?.exchange.submit({ kind: 'ledger.guard', head: true, mirror: 'lost' }))
  }
  const opened = await openDomain(home, domain, { clock, entropy, mirrorLost })
  if (!opened.ok) die(opened.error)
  for (const remark of opened.value.remarks) process.stderr.write(`kernel ${domain}: ${remark}\n`)
  const machine = start(opened.value, link)
  const code = await judgeOwnCode(home, domain, opened.value.state)
  if (!code.ok) die(code.error)
  recordBoot(machine, opened.value, words, code.value)
  live = machine
  machine.core.whenDurable(() => {
    const roles = machine.core.state.domain?.role === 'sovereign' ? (['operator'] as const) : undefined
    void serveSockets(machine, socketFolder(home, domain), roles).then((served) => {
      if (!served.ok) die(served.error)
      link.ready()
      // The halt was resumed, and a crash kept its file from being removed.
      if (halt !== null && machine.core.state.halted === null) link.tell({ event: 'resumed' })
      machine.halts.begin(words.halts)
      machine.announceUnits()
      machine.statements?.begin()
      keepTime(machine)
      keepCompiled()
      const evidence = keepEvidence(home, domain, opened.value)
      process.once('SIGTERM', () => stopCleanly(machine, opened.value, evidence))
    })
  })
  return machine
}

const notYet = refusal('ledger-unavailable', 'The kernel does not serve yet.', 'A moment.')

function main(): void {
  if (home === '') die('--home is missing', 2)
  process.on('SIGINT', () => undefined)
  let machine: Machine | null = null
  const link = new SupervisorLink(connectionOf(new Socket({ fd: 3, readable: true, writable: true })), {
    onHello: (words) => {
      void boot(link, words).then((booted) => {
        machine = booted
      })
    },
    onHalt: (halt, isReport) => (machine === null ? notYet : machine.halts.halt(halt, isReport)),
    onDrill: (drill, heard) => (machine === null ? heard(notYet) : machine.halts.drill(drill, heard)),
    onStatement: ({ body, signature }, heard) => machine?.statements?.accept(body, signature, heard),
    onAcknowledged: (header, heard) => machine?.statements?.acknowledged(header, heard),
    durable: () => machine?.core.durable ?? 0,
    onClosed: (reason) => die(`the supervisor is gone: ${reason}`, 0),
  })
}

main()
