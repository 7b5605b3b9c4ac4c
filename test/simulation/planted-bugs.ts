/**
 * Bugs on purpose: the proof that the simulator would find them. Each is one exact replacement in one source
 * file as it is loaded; nothing on disk changes, and a replacement that no longer fits fails loudly.
 */
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
  'skip-recheck',
  'forget-flights',
  'unsigned-order',
  'replayed-order',
  'ignore-arguments',
  'false-release',
  'uncut-calls',
  'other-bytes',
  'false-withdrawal',
] as const

/** One of them. */
export type BugName = (typeof bugNames)[number]

const bugs: { readonly [B in BugName]: PlantedBug } = {
  // Liveness forgets the parent: a revocation there no longer reaches its children.
  'skip-ancestor': {
    file: 'src/kernel/capability/tree.ts',
    find: '  for (const capability of chain) {\n    if (capability.revoked)',
    replace: '  for (const capability of chain.toSpliced(1, 1)) {\n    if (capability.revoked)',
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
    find: '    this.#outputs.push({ seq: this.state.seq, release })\n',
    replace: '    this.#outputs.push({ seq: 0, release })\n',
  },
  // A use is not counted where it is made, only above.
  'double-use': {
    file: 'src/kernel/capability/reserve.ts',
    find: '  for (const capability of chain) {\n    capability.reserved += 1',
    replace: '  for (const capability of chain.slice(1)) {\n    capability.reserved += 1',
  },
  // The kernel records that everything is halted and goes on.
  'act-after-halt': {
    file: 'src/kernel/evolve.ts',
    find: '  state.halted = { seq, requestedAt, requestedBy, reason }\n',
    replace: '  void [state, seq, requestedAt, requestedBy, reason]\n',
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
}

/** True for a name that `plantBug` knows. */
export function isBugName(name: string): name is BugName {
  return (bugNames as readonly string[]).includes(name)
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
