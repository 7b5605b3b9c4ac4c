/**
 * The capabilities of a domain in memory: 60 bytes each, whatever their caveats, which are kept once for all that
 * have equal ones. A million of them cost the garbage collector nothing, and looking at one is one cache miss.
 */
import { invariant } from '../../base/fault.ts'
import type { CapabilityId, Handle, Instant, ObjectId, OperatorId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { CaveatSets } from './caveat-sets.ts'
import { LiveMemo } from './live-memo.ts'
import { PackedRecords, field, mark } from './packed-records.ts'
import { Places, runLength, runOf } from './places.ts'
import type { Capabilities, Capability, Term, Window } from './record.ts'
import { digestOfRun } from './run-digest.ts'
import type { Caveats } from './terms.ts'

const mostIds = 2_147_483_648

/** The store of the kernel. `memo: false` leaves out what only saves time. */
export class CapabilityTable implements Capabilities {
  readonly #places: Places = new Places()
  readonly #records: PackedRecords = new PackedRecords()
  readonly #caveats: CaveatSets = new CaveatSets()
  readonly #windows: Map<CapabilityId, Window> = new Map<CapabilityId, Window>()
  /** Digests by run; empty where something changed since. */
  readonly #digests: string[] = []
  readonly #memo: LiveMemo | null
  #size = 0
  #last = 0

  constructor(options: { readonly memo?: boolean } = {}) {
    this.#memo = options.memo === false ? null : new LiveMemo()
  }

  get size(): number {
    return this.#size
  }

  *keys(first = 1, last: number = this.#last): Generator<CapabilityId> {
    for (let at = Math.max(1, first); at <= Math.min(last, this.#last); at++) {
      if (!this.#places.isInUse(runOf(at))) at |= runLength - 1
      else if (this.#find(at) >= 0) yield id<CapabilityId>(at)
    }
  }

  *values(): Generator<Capability> {
    for (const [, capability] of this) yield capability
  }

  *[Symbol.iterator](): Generator<readonly [CapabilityId, Capability]> {
    for (const key of this.keys()) yield [key, this.#copy(key, this.#place(key))]
  }

  has(capability: CapabilityId): boolean {
    return this.#find(capability) >= 0
  }

  get(capability: CapabilityId): Capability | undefined {
    const place = this.#find(capability)
    return place < 0 ? undefined : this.#copy(capability, place)
  }

  parentOf(capability: CapabilityId): CapabilityId | 0 {
    return this.#parent(this.#place(capability), capability)
  }

  rootOf(capability: CapabilityId): CapabilityId {
    return id(this.#records.read(this.#place(capability), field.root))
  }

  objectOf(capability: CapabilityId): ObjectId {
    return id(this.#records.read(this.#place(capability), field.object))
  }

  holderOf(capability: CapabilityId): ProcessId {
    return id(this.#records.read(this.#place(capability), field.holder))
  }

  handleOf(capability: CapabilityId): Handle | 0 {
    return id(this.#records.read(this.#place(capability), field.handle))
  }

  termedAbove(capability: CapabilityId): CapabilityId | 0 {
    const place = this.#place(capability)
    if (this.#isFresh(place)) return id(this.#records.read(place, field.termed))
    let above = this.#parent(place, capability)
    while (above !== 0 && this.#set(this.#place(above)).isEmpty) above = this.parentOf(above)
    return above
  }

  caveatsOf(capability: CapabilityId): Caveats {
    return this.#set(this.#place(capability)).caveats
  }

  termsOf(capability: CapabilityId): readonly Term[] {
    const root = this.rootOf(capability)
    const known = this.#memo?.termsOf(capability, root)
    if (known !== undefined) return known
    const terms: Term[] = []
    for (let next: CapabilityId | 0 = capability; next !== 0; next = this.termedAbove(next)) {
      terms.push({ id: next, root, caveats: this.caveatsOf(next) })
    }
    this.#memo?.noteTerms(capability, terms)
    return terms
  }

  isRevoked(capability: CapabilityId): boolean {
    return this.#records.has(this.#place(capability), mark.revoked)
  }

  isHeld(capability: CapabilityId): boolean {
    return this.#records.isHeld(this.#place(capability))
  }

  isNeeded(capability: CapabilityId): boolean {
    const place = this.#place(capability)
    return this.#records.read(place, field.children) > 0 || this.#records.read(place, field.reserved) > 0
  }

  takenOf(capability: CapabilityId): number {
    const place = this.#place(capability)
    return this.#records.spent(place) + this.#records.read(place, field.reserved)
  }

  windowOf(capability: CapabilityId): Window | undefined {
    return this.#windows.get(capability)
  }

  digests(): readonly string[] {
    const digests: string[] = []
    for (let run = 0; run < this.#places.runs; run++) {
      if (!this.#places.isInUse(run)) continue
      digests.push((this.#digests[run] ||= digestOfRun(this.#run(run))))
    }
    return digests
  }

  add(capability: Capability): void {
    invariant(capability.id > this.#last && capability.id < mostIds, 'ids of capabilities grow')
    const place = this.#places.occupy(capability.id)
    this.#records.reach(place)
    this.#last = capability.id
    this.#size += 1
    this.#digests[runOf(capability.id)] = ''
    this.#records.begin(place, capability, this.#caveats.take(capability.caveats))
    if (capability.parent !== 0) this.#adopt(capability.parent, 1)
  }

  remove(capability: CapabilityId): void {
    invariant(!this.isNeeded(capability), 'what is needed stays in the tree')
    const place = this.#change(capability)
    const parent = this.#parent(place, capability)
    if (parent !== 0) this.#adopt(parent, -1)
    this.#caveats.drop(this.#records.read(place, field.caveats))
    this.#windows.delete(capability)
    this.#records.write(place, field.marks, 0)
    this.#size -= 1
    this.#places.vacate(capability)
  }

  revoke(capability: CapabilityId): void {
    const place = this.#change(capability)
    const parent = this.#parent(place, capability)
    this.#records.setMark(place, mark.revoked, true)
    // Below a dead one it was dead already: for nobody does anything change.
    if (parent === 0 || !this.isRevoked(parent)) this.#treeChanged(place)
  }

  drop(capability: CapabilityId): void {
    this.#records.setMark(this.#change(capability), mark.dropped, true)
  }

  move(capability: CapabilityId, holder: ProcessId, handle: Handle): void {
    const place = this.#change(capability)
    this.#records.write(place, field.holder, holder)
    this.#records.write(place, field.handle, handle)
    this.#records.setMark(place, mark.dropped, false)
    this.#treeChanged(place)
  }

  narrow(capability: CapabilityId, caveats: Caveats): void {
    const place = this.#change(capability)
    const before = this.#records.read(place, field.caveats)
    this.#records.write(place, field.caveats, this.#caveats.take(caveats))
    this.#caveats.drop(before)
    this.#treeChanged(place)
  }

  count(capability: CapabilityId, reserved: number, spent: number): void {
    const place = this.#change(capability)
    const left = this.#records.read(place, field.reserved) + reserved
    invariant(left >= 0, 'what is given back was reserved')
    this.#records.write(place, field.reserved, left)
    if (spent !== 0) this.#records.writeSpent(place, this.#records.spent(place) + spent)
  }

  setWindow(capability: CapabilityId, window: Window): void {
    this.#change(capability)
    this.#windows.set(capability, window)
  }

  isKnownLive(capability: CapabilityId, at: Instant): boolean {
    const place = this.#place(capability)
    if (!this.#isFresh(place)) return false
    return at < this.#caveats.at(this.#records.read(place, field.earliest)).expiresAt
  }

  noteLive(leaf: CapabilityId): void {
    const memo = this.#memo
    if (memo === null) return
    const unknown: number[] = []
    let place = this.#place(leaf)
    for (let at: CapabilityId | 0 = leaf; at !== 0; place = at === 0 ? place : this.#place(at)) {
      if (this.#isFresh(place)) break
      unknown.push(place)
      at = this.#parent(place, at)
    }
    for (const below of unknown.toReversed()) {
      this.#note(below, place, memo)
      place = below
    }
  }

  forgetLive(): void {
    this.#memo?.everythingChanged()
  }

  /** Notes that a place lives, from what is noted of the one above, which at a root is the place itself. */
  #note(place: number, above: number, memo: LiveMemo): void {
    const records = this.#records
    const own = this.#set(place)
    const isRoot = place === above
    const earliest = records.read(above, isRoot ? field.caveats : field.earliest)
    const isEarlier = own.expiresAt < this.#caveats.at(earliest).expiresAt
    const termed = this.#set(above).isEmpty
      ? records.read(above, field.termed)
      : records.read(place, field.parent)
    records.write(place, field.earliest, isEarlier ? records.read(place, field.caveats) : earliest)
    records.write(place, field.termed, isRoot ? 0 : termed)
    records.write(place, field.stamp, memo.now)
  }

  #isFresh(place: number): boolean {
    const { stamp, root } = field
    return this.#memo?.isFresh(this.#records.read(place, stamp), this.#records.read(place, root)) === true
  }

  #treeChanged(place: number): void {
    this.#memo?.treeChanged(this.#records.read(place, field.root))
  }

  #find(capability: number): number {
    const place = this.#places.find(capability)
    return place >= 0 && this.#records.has(place, mark.present) ? place : -1
  }

  #place(capability: number): number {
    const place = this.#find(capability)
    invariant(place >= 0, 'a capability is in the tree')
    return place
  }

  /** The place to change; its run has to be digested again. */
  #change(capability: number): number {
    const place = this.#place(capability)
    this.#digests[runOf(capability)] = ''
    return place
  }

  #adopt(parent: CapabilityId, children: number): void {
    const place = this.#change(parent)
    this.#records.write(place, field.children, this.#records.read(place, field.children) + children)
  }

  #run(run: number): readonly Capability[] {
    const first = run * runLength
    return [...this.keys(first, first + runLength - 1)].map((key) => this.#copy(key, this.#place(key)))
  }

  #set(place: number): ReturnType<CaveatSets['at']> {
    return this.#caveats.at(this.#records.read(place, field.caveats))
  }

  #parent(place: number, capability: number): CapabilityId | 0 {
    const isRoot = this.#records.read(place, field.root) === capability
    return id(isRoot ? 0 : this.#records.read(place, field.parent))
  }

  #copy(capability: CapabilityId, place: number): Capability {
    const { caveats } = this.#set(place)
    const root = this.#records.read(place, field.root)
    const rootPlace = root === capability ? place : this.#place(root)
    return this.#records.copy(place, {
      id: capability,
      parent: this.#parent(place, capability),
      caveats,
      grantedBy: id<OperatorId>(this.#records.read(rootPlace, field.parent)),
      window: caveats.rate === undefined ? undefined : this.#windows.get(capability),
    })
  }
}
