/**
 * The supervisor's end of the kernel's descriptor 3. What the kernel says is turned into inputs of the plan;
 * what it says wrongly ends the link, and with it that kernel.
 */
import type { Socket } from 'node:net'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { parseProgram } from '../kernel/sovereign/parse-manifest.ts'
import type { WireClient } from '../wire/client.ts'
import { greet } from '../wire/client.ts'
import { connectionOf } from '../wire/connection.ts'
import type { CarriedOutHalt, Input } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { DriverUnit } from './unit.ts'

/** A line to one incarnation of the kernel. */
export interface KernelLink {
  /** Asks whether it lives; the answer is an input. */
  ping(): void
}

/** What a link tells. */
export interface KernelLinkOwner {
  input(input: Input): void
  /** The link is over; a kernel without one is of no use. */
  broken(reason: string): void
}

/** What a kernel is told first. */
export interface FirstWords {
  readonly halt: CarriedOutHalt | null
  /** What the probe found that programs can be held with, as it said it; null when it said nothing. */
  readonly boundary: JsonObject | null
}

/** Opens the conversation with a kernel that was just started. */
export function linkKernel(
  pipe: Socket,
  incarnation: number,
  { halt, boundary }: FirstWords,
  owner: KernelLinkOwner,
): KernelLink {
  let client: WireClient | null = null
  const open = async (): Promise<void> => {
    const hello = { halt: halt === null ? null : { ...halt }, boundary }
    const timeoutMs = supervision.kernelStartMs * 2
    const greeted = await greet(connectionOf(pipe), hello, { timeoutMs, onNotice })
    if (!greeted.ok) return owner.broken(greeted.error.message)
    client = greeted.value
    owner.input({ kind: 'serving', incarnation })
    owner.broken((await client.closed).reason)
  }
  const onNotice = (header: { readonly [name: string]: Json }, body: Uint8Array): void => {
    const input = readNotice(header, body, incarnation)
    if (input !== null) owner.input(input)
    else if (header['event'] === 'units') owner.broken('it announced units that cannot be read')
  }
  void open()
  return { ping: () => void ask(client, incarnation, owner) }
}

async function ask(client: WireClient | null, incarnation: number, owner: KernelLinkOwner): Promise<void> {
  const answer = await client?.request({ op: 'ping' })
  if (answer?.kind === 'reply') owner.input({ kind: 'pong', incarnation })
}

/** What the kernel told, or null when it is nothing we know. */
function readNotice(
  header: { readonly [name: string]: Json },
  body: Uint8Array,
  incarnation: number,
): Input | null {
  switch (header['event']) {
    case 'resumed':
      return { kind: 'resumed', incarnation }
    case 'restart': {
      const driver = header['driver']
      return isId(driver) ? { kind: 'restart-driver', incarnation, driver } : null
    }
    case 'units': {
      const drivers = readUnits(body)
      return drivers === null ? null : { kind: 'desired-units', incarnation, drivers }
    }
    default:
      return null
  }
}

function readUnits(body: Uint8Array): readonly DriverUnit[] | null {
  const parsed = parseStrictJson(body)
  if (!parsed.ok || !isJsonObject(parsed.value)) return null
  const listed = parsed.value['drivers']
  if (!Array.isArray(listed)) return null
  const units = (listed as readonly Json[]).map(readUnit)
  return units.every((unit) => unit !== null) ? units : null
}

function readUnit(value: Json): DriverUnit | null {
  if (!isJsonObject(value)) return null
  const { driver, name, secret } = value as { driver?: Json; name?: Json; secret?: Json }
  const program = parseProgram(value['program'] ?? null)
  if (!isId(driver) || typeof name !== 'string' || typeof secret !== 'string' || !program.ok) return null
  return { driver, name, secret, program: program.value }
}

function isId(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
