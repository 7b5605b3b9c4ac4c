/**
 * Bugs on purpose: the proof that the simulator would find them. Each is one exact replacement in one source
 * file as it is loaded; nothing on disk changes, and a replacement that no longer fits fails loudly.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

interface PlantedBug {
  /** End of the path of the file. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Names of the bugs that can be planted. */
export const bugNames = [
  'skip-ancestor',
  'widen-derive',
  'early-dispatch',
  'double-use',
  'act-after-halt',
  'act-while-halted',
  'outlive-halt',
  'resume-unasked',
  'skip-recheck',
  'forget-flights',
  'unsigned-order',
  'replayed-order',
  'ignore-arguments',
  'false-release',
  'uncut-calls',
  'other-bytes',
  'false-withdrawal',
  'ask-anywhere',
  'ask-another',
  'ask-the-mute',
  'outlive-call',
  'agent-may-ask',
  'undeclared-question',
  'client-roots',
  'authority-unasked',
  'authority-to-agent',
  'stray-news',
  'gossip',
  'open-list',
  'keep-serving',
  'canon-by-one',
  'canon-by-expired',
  'canon-unheeded',
  'canon-outlived',
  'stale-approval',
  'stale-dispatch',
  'orphans-live',
  'give-any-child',
  'end-any-child',
  'confirm-other',
  'old-statement',
  'unfrozen',
  'rule-alone',
  'overlend',
  'lone-quorum',
  'lone-approval',
  'felt-by-nobody',
  'hasty-word',
  'costly-no',
] as const

/** One of them. */
export type BugName = (typeof bugNames)[number]

const bugs: { readonly [B in BugName]: PlantedBug } = {
  // A budget may be derived more often than there is money for.
  overlend: {
    file: 'src/kernel/capability/derive.ts',
    find: ' ?? whyOverBudget(state, chain, command.caveats)',
    replace: '',
  },
  // Two grants of one operator make a quorum.
  'lone-quorum': {
    file: 'src/kernel/capability/quorum.ts',
    find: ' || origins.has(other.grantedBy)',
    replace: '',
  },
  // One operator approves for several.
  'lone-approval': {
    file: 'src/kernel/approval/settle-approval.ts',
    find: '  if (missing > 0) return',
    replace: '  if (missing > 99) return',
  },
  // A narrowing ends nothing that is under way.
  'felt-by-nobody': {
    file: 'src/kernel/capability/tighten.ts',
    find: '!fits(call, caveats, known)',
    replace: 'fits === null',
  },
  // An order that is refused revokes something all the same.
  'costly-no': {
    file: 'src/kernel/evolve.ts',
    find: 'state.orderRefusalCount = recent ? state.orderRefusalCount + 1 : 1\n',
    replace:
      'state.orderRefusalCount = recent ? state.orderRefusalCount + 1 : 1\n  for (const key of state.capabilities.keys()) state.capabilities.revoke(key)\n',
  },
  // A member tells what it acts on before that is recorded.
  'hasty-word': {
    file: 'src/machine/statements.ts',
    find: '    core.whenDurable(() => {\n      const { domain, standing } = core.state\n',
    replace: '    void [core].forEach(() => {\n      const { domain, standing } = core.state\n',
  },
  // What is confirmed need not be what was shown.
  'confirm-other': {
    file: 'src/kernel/sovereign/proposals.ts',
    find: '  if (kept.digest !== digest)\n',
    replace: "  if (digest === '')\n",
  },
  // A statement that was replaced is heard again.
  'old-statement': {
    file: 'src/kernel/sovereign/domains.ts',
    find: 'statement.statement < current',
    replace: 'statement.statement < current - 99',
  },
  // A frozen domain goes on, and so does one whose sovereign has fallen silent.
  unfrozen: {
    file: 'src/kernel/halt/still.ts',
    find: "  if (domain?.role !== 'member') return null\n",
    replace: "  if (domain?.role !== 'member' || standing !== null) return null\n",
  },
  // A co-operator needs nobody.
  'rule-alone': {
    file: 'src/kernel/sovereign/entitlement.ts',
    find: "'may' : 'proposes'",
    replace: "'may' : 'may'",
  },
  // A kill stops at the process that is named: its children live on.
  'orphans-live': {
    file: 'src/kernel/process/family.ts',
    find: '  for (const member of family) family.push(...childrenOf(state, member.id))\n',
    replace: '',
  },
  // Whoever has a parent at all may be given anything by anybody.
  'give-any-child': {
    file: 'src/kernel/capability/derive.ts',
    find: 'state.processes.get(holder)?.child?.parent === giver.id',
    replace: 'state.processes.get(holder)?.child !== undefined',
  },
  // Anybody may say of any child that it ended.
  'end-any-child': {
    file: 'src/kernel/process/spawn.ts',
    find: 'ended?.child?.parent !== process',
    replace: 'ended?.child === undefined',
  },
  // Liveness forgets the parent: a revocation there no longer reaches its children.
  'skip-ancestor': {
    file: 'src/kernel/capability/tree.ts',
    find: '    const why = whyLevelDead(state, level, at)\n',
    replace:
      '    const why = level === capabilities.parentOf(leaf) ? null : whyLevelDead(state, level, at)\n',
  },
  // A derivation may ask for whatever it likes.
  'widen-derive': {
    file: 'src/kernel/capability/derive.ts',
    find: '  return whyTooBroad(chain, command.caveats, command.at)',
    replace: '  return void whyTooBroad ?? null',
  },
  // Outputs do not wait for what they depend on.
  'early-dispatch': {
    file: 'src/machine/core.ts',
    find: '    this.#outputSeqs.push(this.state.seq)\n',
    replace: '    this.#outputSeqs.push(0)\n',
  },
  // A use is not counted where it is made, only above.
  'double-use': {
    file: 'src/kernel/capability/reserve.ts',
    find: '  for (let level: CapabilityId | 0 = leaf; level !== 0; level = capabilities.parentOf(level)) {\n    reserveLevel',
    replace:
      '  for (let level = capabilities.parentOf(leaf); level !== 0; level = capabilities.parentOf(level)) {\n    reserveLevel',
  },
  // The kernel records that everything is halted and goes on.
  'act-after-halt': {
    file: 'src/kernel/halt/apply-halt.ts',
    find: 'state.halted = { seq, requestedAt, requestedBy, reason }\n',
    replace: 'void [state, seq, requestedAt, requestedBy, reason]\n',
  },
  // An agent or a process goes on while it is halted.
  'act-while-halted': {
    file: 'src/kernel/process/freeze.ts',
    find: '    if (haltOf(state, at) !== undefined) return scopeHalted\n',
    replace: '    void [haltOf, scopeHalted]\n',
  },
  // What a halted process had under way goes on.
  'outlive-halt': {
    file: 'src/kernel/halt/scope.ts',
    find: '  for (const { id: call } of calls)\n    recordEnd(',
    replace: '  for (const { id: call } of calls.slice(1))\n    recordEnd(',
  },
  // A halt is over when its kernel is started anew.
  'resume-unasked': {
    file: 'src/kernel/evolve.ts',
    find: '  state.boot = body.boot\n',
    replace: '  state.boot = body.boot\n  delete state.scopes\n',
  },
  // Nobody looks again before a call leaves.
  'skip-recheck': {
    file: 'src/machine/exchange.ts',
    find: '    if (why !== null) return false\n    flight.stage',
    replace: '    void why\n    flight.stage',
  },
  // A new kernel knows nothing of what was in flight when the last one died.
  'forget-flights': {
    file: 'src/kernel/halt/boot.ts',
    find: '  const calls = inFlight(state)\n',
    replace: '  const calls = inFlight(state).slice(1)\n',
  },
  'unsigned-order': {
    file: 'src/kernel/sovereign/order.ts',
    find: 'if (operator === undefined || !order.signatureValid) return invalid',
    replace: 'if (operator === undefined) return invalid',
  },
  'replayed-order': {
    file: 'src/kernel/sovereign/order.ts',
    find: 'if (state.nonces.has(record.nonce)) {',
    replace: 'if (record.nonce === "") {',
  },
  // Only the level nearest to the use judges the arguments.
  'ignore-arguments': {
    file: 'src/kernel/capability/arguments.ts',
    find: '  for (const { caveats } of chain) {\n',
    replace: '  for (const { caveats } of chain.slice(0, 1)) {\n',
  },
  // What left is taken for what never left, and its use is given back.
  'false-release': {
    file: 'src/machine/flight.ts',
    find: "if (flight.stage === 'admitted') calls.add(flight.call)",
    replace: 'calls.add(flight.call)',
  },
  // A revocation does not end what is under way.
  'uncut-calls': {
    file: 'src/kernel/capability/derive.ts',
    find: "  cut(state, recorded, ended, { reason: 'revoked', cause, undispatched })\n",
    replace: '  void [cut, cause, undispatched]\n',
  },
  // A driver gets almost what the agent sent.
  'other-bytes': {
    file: 'src/machine/exchange.ts',
    find: '      bytes: flight.bytes,\n',
    replace: '      bytes: Buffer.concat([flight.bytes, Buffer.from(" ")]),\n',
  },
  // An agent that withdraws a call which is already done is told that it was withdrawn.
  'false-withdrawal': {
    file: 'src/machine/agent-channel.ts',
    find: '    if (call === undefined) return\n    exchange.abandon',
    replace: '    exchange.abandon',
  },
  // A driver asks in the course of any call, also of one that another serves.
  'ask-anywhere': {
    file: 'src/kernel/gate/reverse.ts',
    find: "parent?.stage === 'admitted' && parent.object === object",
    replace: "parent?.stage === 'admitted'",
  },
  // A question reaches whoever made the call before.
  'ask-another': {
    file: 'src/machine/reverse-dispatcher.ts',
    find: 'within === 0 ? undefined : flights.get(within)',
    replace: 'within === 0 ? undefined : (flights.get((within - 1) as CallId) ?? flights.get(within))',
  },
  // A question reaches a request that never said it can answer.
  'ask-the-mute': {
    file: 'src/machine/reverse-dispatcher.ts',
    find: '!answers.some((able) => able === selector)',
    replace: 'answers.length < 0',
  },
  // What a driver asked goes on when its call is over.
  'outlive-call': {
    file: 'src/machine/exchange.ts',
    find: 'if (asked !== undefined && !this.#ports.core.failed) this.#cancel(asked)',
    replace: 'void asked',
  },
  // Whatever a driver declares may be granted to anybody.
  'agent-may-ask': {
    file: 'src/kernel/sovereign/registry.ts',
    find: 'return isReverse(selector) === byDriver && ',
    replace: 'return (byDriver || !byDriver) && ',
  },
  // A driver asks what its manifest does not declare.
  'undeclared-question': {
    file: 'src/kernel/gate/reverse.ts',
    find: 'driver.program.client?.includes(selector) === true ?',
    replace: 'driver.program.protocol !== null ?',
  },
  // Roots are what the client says.
  'client-roots': {
    file: 'src/machine/reverse-dispatcher.ts',
    find: 'this.#ask(departure, () => departure.onAnswer(answer))',
    replace: 'this.#ask(departure, (said) => departure.onAnswer(checked(said)))',
  },
  // A question of authority waits for nobody.
  'authority-unasked': {
    file: 'src/kernel/gate/passage.ts',
    find: 'if (authority !== null) demands.push(authority)',
    replace: 'void authority',
  },
  // An operator was asked, and the agent answers.
  'authority-to-agent': {
    file: 'src/machine/reverse-dispatcher.ts',
    find: 'asked.demands.length > 0 &&',
    replace: 'asked.demands.length > 99 &&',
  },
  // What a driver tells of one call is told to whoever made another.
  'stray-news': {
    file: 'src/machine/exchange.ts',
    find: 'for (const [waiter, notes] of flight.notes)',
    replace: 'for (const [waiter, notes] of (this.flights.get((flight.call - 1) as CallId) ?? flight).notes)',
  },
  // Everybody hears what changed.
  gossip: {
    file: 'src/machine/driver-door.ts',
    find: '} else if (this.#ports.exchange.subscriptions.hears(state, process, object, uri, now))',
    replace: '} else',
  },
  // Who may read something may see that the rest exists.
  'open-list': {
    file: 'src/machine/resource-list.ts',
    find: "return typeof uri === 'string' && mayUse(chains, 'resources/read', uri)",
    replace: "return typeof uri === 'string'",
  },
  // A driver is updated and goes on as if nothing were new.
  'keep-serving': {
    file: 'src/kernel/evolve.ts',
    find: 'driver.quarantined = new Set(driver.selectors.keys())',
    replace: 'driver.quarantined = new Set()',
  },
  // One keyholder amends the canon.
  'canon-by-one': {
    file: 'src/kernel/canon/amend.ts',
    find: 'if (count < set.threshold)',
    replace: 'if (count < 1)',
  },
  // Whoever signs counts, whether their key has expired or not.
  'canon-by-expired': {
    file: 'src/kernel/canon/quorum.ts',
    find: 'if (expiresAt !== undefined && at >= expiresAt) return false',
    replace: 'void expiresAt',
  },
  // A rule that an amendment brought is read and not obeyed.
  'canon-unheeded': {
    file: 'src/kernel/canon/evaluate.ts',
    find: 'return selectors === undefined || selectors.some((pattern) => matchesGlob(pattern, selector))',
    replace: 'return selectors === undefined && false',
  },
  // What was held under the canon before is approved under the next.
  'canon-outlived': {
    file: 'src/kernel/canon/amend.ts',
    find: "cut(state, recorded, waiting, { reason: 'withdrawn', cause, undispatched: new Set() })",
    replace: 'void [cut, waiting, cause]',
  },
  // What was held before an update is approved after it.
  'stale-approval': {
    file: 'src/kernel/sovereign/registry.ts',
    find: "  cut(state, recorded, changed, { reason: 'withdrawn', cause, undispatched: new Set() })\n",
    replace: '  void [changed, cause]\n',
  },
  // What was let through before an update leaves after it.
  'stale-dispatch': {
    file: 'src/kernel/gate/recheck.ts',
    find: '  return whyChanged(state, admitted)\n',
    replace: '  return void whyChanged ?? null\n',
  },
}

/** True for a name that `plantBug` knows. */
export function isBugName(name: string): name is BugName {
  return (bugNames as readonly string[]).includes(name)
}

/** True when there is exactly one place in the source where the bug can be planted. */
export function fitsItsSource(name: BugName): boolean {
  const { file, find } = bugs[name]
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split(find).length === 2
}

/** Plants a bug in everything this thread loads from now on. */
export function plantBug(name: BugName): void {
  const { file, find, replace } = bugs[name]
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith(file)) return loaded
      const source = Buffer.from(loaded.source as Uint8Array).toString('utf8')
      if (source.split(find).length !== 2) throw new Error(`the bug ${name} no longer fits ${file}`)
      return { ...loaded, source: source.replace(find, () => replace) }
    },
  })
}
