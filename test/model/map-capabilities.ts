/**
 * The plainest store of capabilities: objects in a map, no memory of anything, every digest computed anew. What
 * the kernel does with it is what the kernel must do with its own.
 */
import type { CapabilityId, Handle, ObjectId, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Capabilities, Capability, Window } from '../../src/kernel/capability/record.ts'
import { digestOfRun } from '../../src/kernel/capability/run-digest.ts'
import type { Caveats } from '../../src/kernel/capability/terms.ts'

/** A store that nothing can be wrong with. */
export class MapCapabilities implements Capabilities {
  readonly #all: Map<CapabilityId, Capability> = new Map<CapabilityId, Capability>()

  get size(): number {
    return this.#all.size
  }

  *keys(first = 0, last: number = Infinity): Generator<CapabilityId> {
    for (const key of this.#all.keys()) if (key >= first && key <= last) yield key
  }

  *values(): Generator<Capability> {
    yield* this.#all.values()
  }

  *[Symbol.iterator](): Generator<readonly [CapabilityId, Capability]> {
    yield* this.#all
  }

  has(capability: CapabilityId): boolean {
    return this.#all.has(capability)
  }

  get(capability: CapabilityId): Capability | undefined {
    return this.#all.get(capability)
  }

  parentOf(capability: CapabilityId): CapabilityId | 0 {
    return this.#known(capability).parent
  }

  rootOf(capability: CapabilityId): CapabilityId {
    return this.#known(capability).root
  }

  objectOf(capability: CapabilityId): ObjectId {
    return this.#known(capability).object
  }

  holderOf(capability: CapabilityId): ProcessId {
    return this.#known(capability).holder
  }

  handleOf(capability: CapabilityId): Handle | 0 {
    return this.#known(capability).handle
  }

  termedAbove(capability: CapabilityId): CapabilityId | 0 {
    const { parent } = this.#known(capability)
    if (parent === 0 || Object.keys(this.caveatsOf(parent)).length > 0) return parent
    return this.termedAbove(parent)
  }

  termsOf(capability: CapabilityId): readonly Capability[] {
    const above = this.termedAbove(capability)
    return [this.#known(capability), ...(above === 0 ? [] : this.termsOf(above))]
  }

  caveatsOf(capability: CapabilityId): Caveats {
    return this.#known(capability).caveats
  }

  isRevoked(capability: CapabilityId): boolean {
    return this.#known(capability).revoked
  }

  isHeld(capability: CapabilityId): boolean {
    return this.#known(capability).held
  }

  isNeeded(capability: CapabilityId): boolean {
    const { children, reserved } = this.#known(capability)
    return children > 0 || reserved > 0
  }

  takenOf(capability: CapabilityId): number {
    const { spent, reserved } = this.#known(capability)
    return spent + reserved
  }

  windowOf(capability: CapabilityId): Window | undefined {
    const { windowStart, windowCount } = this.#known(capability)
    return { start: windowStart, count: windowCount }
  }

  digests(): readonly string[] {
    const runs = Map.groupBy(this.#all.values(), (capability) => Math.floor(capability.id / 64))
    return [...runs.values()].map((run) => digestOfRun(run))
  }

  add(capability: Capability): void {
    this.#all.set(capability.id, { ...capability, held: capability.handle !== 0 })
    if (capability.parent !== 0) this.#adopt(capability.parent, 1)
  }

  remove(capability: CapabilityId): void {
    const { parent } = this.#known(capability)
    this.#all.delete(capability)
    if (parent !== 0) this.#adopt(parent, -1)
  }

  revoke(capability: CapabilityId): void {
    this.#change(capability, { revoked: true })
  }

  drop(capability: CapabilityId): void {
    this.#change(capability, { held: false })
  }

  move(capability: CapabilityId, holder: ProcessId, handle: Handle): void {
    this.#change(capability, { holder, handle, held: true })
  }

  narrow(capability: CapabilityId, caveats: Caveats): void {
    this.#change(capability, { caveats })
  }

  count(capability: CapabilityId, reserved: number, spent: number): void {
    const now = this.#known(capability)
    this.#change(capability, { reserved: now.reserved + reserved, spent: now.spent + spent })
  }

  setWindow(capability: CapabilityId, { start, count }: Window): void {
    this.#change(capability, { windowStart: start, windowCount: count })
  }

  isKnownLive(): boolean {
    return false
  }

  noteLive(): void {
    // It remembers nothing.
  }

  forgetLive(): void {
    // It remembers nothing.
  }

  #adopt(parent: CapabilityId | 0, children: number): void {
    const known = this.#known(id(parent))
    this.#change(known.id, { children: known.children + children })
  }

  #change(capability: CapabilityId, change: Partial<Capability>): void {
    this.#all.set(capability, { ...this.#known(capability), ...change })
  }

  #known(capability: CapabilityId): Capability {
    const known = this.#all.get(capability)
    if (known === undefined) throw new Error(`c${capability} is not there`)
    return known
  }
}
