/**
 * The kernel's process: started by the supervisor, which holds the other end of descriptor 3. It opens the
 * domain, records its boot, serves, and stops at once when the supervisor is gone or nothing can be recorded.
 */
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { id } from '../base/ids.ts'
import type { Instant } from '../base/ids.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { acceptablePublicKey, verify } from '../base/signature.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { canonDigest, canonVersion } from '../kernel/gate/canon.ts'
import { builtinJudge } from '../kernel/gate/judge.ts'
import type { BoundaryReport } from '../kernel/boundary-report.ts'
import { isName } from '../kernel/sovereign/parse-order.ts'
import { connectionOf } from '../wire/connection.ts'
import type { Untimed } from './core.ts'
import { Machine } from './machine.ts'
import type { OpenedDomain } from './open-domain.ts'
import { openDomain } from './open-domain.ts'
import { serveSockets } from './serve.ts'
import type { HaltRequest } from './supervisor-link.ts'
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

/** The command that makes the domain, from the file that the first start wrote. */
function readGenesis(ledgerKey: string): Result<Untimed, string> {
  const path = join(home, 'domains', domain, 'genesis.json')
  const parsed = parseStrictJson(readFileSync(path), { maxBytes: 65_536, maxDepth: 4, maxValues: 64 })
  if (!parsed.ok || !isJsonObject(parsed.value)) return err(`${path} is not a genesis file`)
  const { operatorName, operatorKey } = parsed.value
  if (!isName(operatorName) || typeof operatorKey !== 'string') return err(`${path} names no operator`)
  const key = acceptablePublicKey(operatorKey)
  if (!key.ok) return err(`${path} has no acceptable operator key`)
  const policyVersion = builtinJudge.version
  return ok({
    kind: 'domain.create',
    name: domain,
    operatorName,
    operatorKey,
    canonDigest,
    canonVersion,
    policyVersion,
    ledgerKey,
  })
}

/** What the supervisor says first. */
interface FirstWords {
  readonly halt: HaltRequest | null
  readonly boundary: BoundaryReport | null
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
    fail: (failure) => die(`nothing can be recorded any more: ${failure.message}`),
    payloadAt: (seq) => opened.payloadAt(seq),
    tellSupervisor: (notice) => link.tell(notice),
  })
  return machine
}

function recordBoot(machine: Machine, ledgerKey: string, { halt, boundary }: FirstWords): void {
  if (machine.core.state.domain === null) {
    const genesis = readGenesis(ledgerKey)
    if (!genesis.ok) die(genesis.error)
    machine.exchange.submit(genesis.value)
  }
  machine.exchange.submit({
    kind: 'kernel.boot',
    code: codeVersion,
    policyVersion: builtinJudge.version,
    halt,
    ...(boundary === null ? {} : { boundary }),
  })
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
function stopCleanly(machine: Machine, opened: OpenedDomain): void {
  machine.exchange.flushRefusals()
  setInterval(() => {
    // Adapters that go down at the same time still add events, so the head is signed until it holds.
    machine.core.wantCheckpoint()
    if (!machine.core.isSealed) return
    opened.ledger.close()
    process.exit(0)
  }, 5)
}

async function boot(link: SupervisorLink, words: FirstWords): Promise<Machine> {
  const { halt } = words
  const opened = await openDomain(home, domain, { clock, entropy })
  if (!opened.ok) die(opened.error)
  for (const remark of opened.value.remarks) process.stderr.write(`kernel ${domain}: ${remark}\n`)
  const machine = start(opened.value, link)
  recordBoot(machine, opened.value.ledgerKey, words)
  machine.core.whenDurable(() => {
    void serveSockets(machine, join(home, 'run')).then((served) => {
      if (!served.ok) die(served.error)
      link.ready()
      // The halt was resumed, and a crash kept its file from being removed.
      if (halt !== null && machine.core.state.halted === null) link.tell({ event: 'resumed' })
      machine.announceUnits()
      keepTime(machine)
      keepCompiled()
      process.once('SIGTERM', () => stopCleanly(machine, opened.value))
    })
  })
  return machine
}

function main(): void {
  if (home === '') die('--home is missing', 2)
  process.on('SIGINT', () => undefined)
  let machine: Machine | null = null
  const link = new SupervisorLink(connectionOf(new Socket({ fd: 3, readable: true, writable: true })), {
    onHello: (halt, boundary) => {
      void boot(link, { halt, boundary }).then((booted) => {
        machine = booted
      })
    },
    durable: () => machine?.core.durable ?? 0,
    onClosed: (reason) => die(`the supervisor is gone: ${reason}`, 0),
  })
}

main()
