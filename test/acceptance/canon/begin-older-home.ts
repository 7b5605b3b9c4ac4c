/**
 * Begins a domain the way a home did before the canon had articles, and ends: its first event names the first edition
 * by digest, and neither a text nor any code. `node begin-older-home.ts HOME OPERATOR-KEY`
 */
import { id } from '../../../src/base/ids.ts'
import type { Instant } from '../../../src/base/ids.ts'
import { verify } from '../../../src/base/signature.ts'
import { canonDigest, canonVersion } from '../../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../../src/kernel/gate/judge.ts'
import { Machine } from '../../../src/machine/machine.ts'
import { openDomain } from '../../../src/machine/open-domain.ts'
import { systemEntropy } from '../../../src/machine/system-entropy.ts'

const [home = '', operatorKey = ''] = process.argv.slice(2)
const clock = { now: () => id<Instant>(Date.now()) }
const entropy = systemEntropy()
const opened = await openDomain(home, 'main', { clock, entropy })
if (!opened.ok) throw new Error(opened.error)
const { state, ledger, vault, ledgerKey } = opened.value
const machine = new Machine(state, {
  clock,
  entropy,
  judge: builtinJudge,
  ledger,
  vault,
  verify,
  defer: (task) => void setImmediate(task),
  fail: () => process.exit(1),
  payloadAt: () => null,
  tellSupervisor: () => undefined,
})
const policyVersion = builtinJudge.version
const named = { name: 'main', operatorName: 'ada', operatorKey, ledgerKey }
machine.exchange.submit({ kind: 'domain.create', ...named, canonDigest, canonVersion, policyVersion })
machine.core.whenDurable(() => {
  ledger.close()
  process.exit(0)
})
