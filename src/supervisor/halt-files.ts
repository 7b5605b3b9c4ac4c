/**
 * All halt files of one home: `halt` stops everything, `halts/NAME` one domain, `halts/NAME.agent-N` and
 * `halts/NAME.process-N` one agent or process. Whoever can write into the folder can halt. Scopes other than
 * everything share the space that is set aside: on a full disk the first of them is certain to be written.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { HaltFile } from './halt-file.ts'
import type { Scope } from './scope.ts'
import { everything, scopeName, scopeNamed } from './scope.ts'
import type { HaltRecord } from './supervision.ts'
import { supervision } from './supervision.ts'

/** A halt file that is there. */
export interface FoundHalt {
  readonly scope: Scope
  readonly record: HaltRecord
}

/** The halt files under one folder. */
export class HaltFiles {
  readonly #folder: string
  readonly #everything: HaltFile

  /** `folder` must exist. */
  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'halts'), { recursive: true, mode: 0o700 })
    this.#everything = new HaltFile(join(folder, 'halt'), join(folder, 'halt.reserve'))
    // Sets the space aside; no file of that name is made.
    this.of({ kind: 'domain', domain: '-' })
  }

  /** The halt file of a scope. */
  of(scope: Scope): HaltFile {
    if (scope.kind === 'everything') return this.#everything
    return new HaltFile(join(this.#folder, 'halts', scopeName(scope)), join(this.#folder, 'halts.reserve'))
  }

  /** Every halt file that is there, as far as its name says a scope, but those that `known` has already. */
  found(known: (name: string) => boolean = () => false): readonly FoundHalt[] {
    const scopes = [everything, ...this.#names().flatMap((name) => scopeNamed(name) ?? [])]
    return scopes.flatMap((scope) => {
      if (known(scopeName(scope))) return []
      const record = this.of(scope).read()
      return record === null ? [] : [{ scope, record }]
    })
  }

  #names(): readonly string[] {
    try {
      return readdirSync(join(this.#folder, 'halts')).slice(0, supervision.halts)
    } catch {
      return []
    }
  }
}
