/**
 * The kernel's own look at the code that it is part of, before it records its boot, and an operator's order that
 * accepts other code. That order comes from a file, because no kernel ran that could have heard it; it is judged
 * like every order. A member has nothing to judge it by and waits until its sovereign has.
 */
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { State } from '../kernel/state.ts'
import type { CodeVerdict } from '../seal/code-check.ts'
import { codePaths, judgeCode, writeManifest } from '../seal/code-check.ts'
import { readGenesis } from './genesis.ts'
import type { OrderPorts } from './order-command.ts'
import { orderCommand, readOrder } from './order-command.ts'

const waitMs = 10_000
const pollMs = 50

/** Judges the code of this process. For a member an order that waits is its sovereign's to carry out first. */
export async function judgeOwnCode(
  home: string,
  name: string,
  { domain }: State,
): Promise<Result<CodeVerdict, string>> {
  const genesis = domain === null ? readGenesis(home, name) : null
  const isMember = (genesis?.ok === true ? genesis.value.role : domain?.role) === 'member'
  const deadline = Date.now() + waitMs
  for (;;) {
    const verdict = judgeCode(home, domain?.codeDigest ?? null)
    if (!verdict.ok || !isMember) return verdict
    // Which code may run is the sovereign's to know: a member's own ledger does not name it.
    if (verdict.value.is === 'accepted') return ok({ is: 'accepted', digest: null })
    if (Date.now() > deadline) return err('the order to accept this code was not carried out')
    // oxlint-disable-next-line no-await-in-loop -- it waits for another process
    await pause(pollMs)
  }
}

/** Carries out the order that waits, and keeps the manifest once that is durable. */
export function acceptWaiting(
  home: string,
  { order, manifest }: Extract<CodeVerdict, { is: 'waiting' }>,
  ports: OrderPorts,
): Result<null, string> {
  const { digest, signed } = order
  const body = Buffer.from(signed.record)
  const record = readOrder(body)
  if (!record.ok) return record
  if (record.value.command.do !== 'code.accept' || record.value.command.digest !== digest)
    return err('the order that waits accepts something else than this code')
  const command = orderCommand(record.value, body, { signature: signed.signature }, ports)
  if (!command.ok) return command
  const { refusal } = ports.exchange.submit(command.value)
  if (refusal !== null) return err(`the order to accept this code is refused: ${refusal.message}`)
  // It may have become a proposal, which nobody can confirm while no kernel runs.
  if (ports.core.state.domain?.codeDigest !== digest)
    return err(
      'the order to accept this code needs a second operator: start the code that was accepted before',
    )
  ports.core.whenDurable(() => {
    writeManifest(home, manifest)
    rmSync(codePaths(home).acceptance, { force: true })
  })
  return ok(null)
}
