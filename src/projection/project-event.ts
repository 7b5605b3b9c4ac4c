/**
 * What each event adds to the tables. It runs within one transaction with the position that it leads to, so that every
 * event is in them once, whenever the process is killed.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CallDescription, Event } from '../kernel/event.ts'

/** Puts events into the tables of one database. */
export class EventProjector {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Adds the next event. */
  add(event: Event): void {
    this.#addToTables(event)
    const { seq, at, kind, actor, cause, authority, payload, body } = event
    const named = body as unknown as { readonly [name: string]: unknown }
    const call = numberIn(named['call'])
    const own = numberIn(named['process']) ?? numberIn(named['holder'])
    const process =
      own ?? (call === null ? null : this.#processOf(call)) ?? (actor.kind === 'process' ? actor.id : null)
    this.#run(
      'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      seq,
      at,
      kind,
      actor.kind,
      actor.id,
      process,
      actor.kind === 'operator' ? actor.id : numberIn(named['operator']),
      call,
      authority?.capability ?? numberIn(named['capability']),
      cause === 0 ? null : cause,
      payload?.length ?? null,
      JSON.stringify(body),
    )
  }

  #addToTables(event: Event): void {
    switch (event.kind) {
      case 'call.held':
        return this.#asked(event, event.body, event.body, 'held')
      case 'call.admitted':
        return this.#asked(event, event.body, event.body, 'admitted')
      case 'call.settled':
        return this.#ended(event, event.body.call, 'settled', event.body.outcome, event.body.reason)
      case 'call.lapsed':
        return this.#ended(event, event.body.call, 'lapsed', null, event.body.reason)
      case 'call.seconded':
        return this.#decided(event, event.body, 'seconded')
      case 'call.approved':
        this.#decided(event, event.body, 'approved')
        this.#run("UPDATE calls SET stage = 'approved' WHERE call = ?", event.body.call)
        return this.#run(
          `INSERT INTO capabilities SELECT ?, 'approved', capability, process, object, NULL, ?, ?, NULL, NULL
           FROM calls WHERE call = ?`,
          event.body.capability,
          event.seq,
          event.at,
          event.body.call,
        )
      case 'call.denied':
        this.#decided(event, event.body, 'denied')
        return this.#ended(event, event.body.call, 'denied', null, event.body.comment)
      default:
        return this.#addAuthority(event)
    }
  }

  #addAuthority(event: Event): void {
    const { seq, at } = event
    switch (event.kind) {
      case 'capability.granted': {
        const { capability, holder, object, caveats } = event.body
        const made = "INSERT INTO capabilities VALUES (?, 'granted', NULL, ?, ?, ?, ?, ?, NULL, NULL)"
        return this.#run(made, capability, holder, object, JSON.stringify(caveats), seq, at)
      }
      case 'capability.derived': {
        const { capability, parent, holder, caveats } = event.body
        const made = `INSERT INTO capabilities VALUES (?, 'derived', ?, ?,
          (SELECT object FROM capabilities WHERE capability = ?), ?, ?, ?, NULL, NULL)`
        return this.#run(made, capability, parent, holder, parent, JSON.stringify(caveats), seq, at)
      }
      case 'capability.moved':
        return this.#run(
          'UPDATE capabilities SET holder = ? WHERE capability = ?',
          event.body.holder,
          event.body.capability,
        )
      case 'capability.narrowed':
        return this.#run(
          'UPDATE capabilities SET narrowed_seq = ? WHERE capability = ?',
          seq,
          event.body.capability,
        )
      case 'capability.revoked':
        return this.#run(
          'UPDATE capabilities SET revoked_seq = ? WHERE capability = ?',
          seq,
          event.body.capability,
        )
      default:
        return this.#addName(event)
    }
  }

  #addName(event: Event): void {
    const name = (what: string, id: number, is: string): void =>
      this.#run('INSERT OR REPLACE INTO names VALUES (?, ?, ?)', what, id, is)
    switch (event.kind) {
      case 'agent.added':
        name('agent', event.body.agent, event.body.name)
        return name('process', event.body.process, event.body.name)
      case 'process.spawned':
        return name('process', event.body.process, event.body.name)
      case 'driver.added':
        return name('driver', event.body.driver, event.body.name)
      case 'operator.enrolled':
        return name('operator', event.body.operator, event.body.name)
      default:
    }
  }

  #asked(
    { seq, at }: Event,
    { process, object, selector, effect, cost }: CallDescription,
    { call, capability }: { readonly call: number; readonly capability: number },
    stage: 'held' | 'admitted',
  ): void {
    const admitted = stage === 'admitted' ? seq : null
    const values = [
      call,
      process,
      object,
      selector,
      effect,
      capability,
      cost ?? null,
      stage,
      seq,
      at,
      admitted,
    ]
    this.#run(
      `INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?, NULL, NULL)
       ON CONFLICT (call) DO UPDATE SET
         stage = excluded.stage, capability = excluded.capability, admitted_seq = excluded.admitted_seq`,
      ...values,
    )
  }

  #ended({ seq, at }: Event, call: number, stage: string, outcome: string | null, reason: string): void {
    const update =
      'UPDATE calls SET stage = ?, outcome = ?, reason = ?, ended_seq = ?, ended_at = ? WHERE call = ?'
    this.#run(update, stage, outcome, reason, seq, at, call)
  }

  #decided(
    { seq, at }: Event,
    {
      call,
      operator,
      comment,
    }: { readonly call: number; readonly operator: number; readonly comment: string },
    decision: string,
  ): void {
    this.#run('INSERT INTO approvals VALUES (?, ?, ?, ?, ?, ?)', seq, at, call, operator, decision, comment)
  }

  #processOf(call: number): number | null {
    const row = this.#prepared('SELECT process FROM calls WHERE call = ?').get(call)
    return numberIn(row?.['process'])
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#prepared(sql).run(...values)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#database.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}
