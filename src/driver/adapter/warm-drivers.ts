/**
 * What an adapter that waits for its task gets ready for the drivers that are likely to be it: for each, a machine that
 * stands in the boundary of that driver. Nothing of a program runs in one before the task has come, the code has been
 * checked and the boundary was found to be what it would be now. Machines of the others are ended then.
 */
import type { StdioProgram } from '../../kernel/manifest.ts'
import type { Boundary, Confiner } from '../../sandbox/boundary.ts'
import { WarmPool } from '../../sandbox/gvisor/warm-pool.ts'
import { socketFolder } from '../../wire/socket-folder.ts'
import { driverBoundary } from '../driver-boundary.ts'
import { stateFolder } from '../state-folder.ts'
import type { DriverEgress } from './driver-egress.ts'
import { driverEgress } from './driver-egress.ts'
import type { AdapterInstructions, Expectation, ExpectedDriver } from './instructions.ts'

/** Most drivers that are got ready for, whatever the supervisor says. */
const mostWarm = 4
/** What fails does so soon after its start, or seldom: then the next start is an ordinary one. */
const idleMs = 3_600_000

/** Owns the machines until one is chosen. */
export class WarmDrivers {
  readonly #say: (line: string) => void
  readonly #all: WarmDriver[] = []

  /** `say` hears of trouble. */
  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** Gets ready for these. Only machines take so long that it is worth it. */
  expect({ home, drivers }: Expectation, confiner: Confiner | null): void {
    if (confiner?.rung !== 'gvisor') return
    for (const driver of drivers.slice(-mostWarm))
      this.#all.push(new WarmDriver(driver, home, confiner, this.#say))
  }

  /** How many machines stand ready. */
  get ready(): number {
    return this.#all.reduce((sum, one) => sum + one.ready, 0)
  }

  /** What stands ready for this task, or null; everything else is ended. */
  choose({ domain, program }: AdapterInstructions): WarmDriver | null {
    const wanted = JSON.stringify({ domain, program })
    const chosen = this.#all.find(({ driver }) => JSON.stringify(driver) === wanted) ?? null
    for (const other of this.#all.splice(0)) if (other !== chosen) other.end()
    return chosen
  }
}

/** One driver that is got ready for. */
export class WarmDriver {
  readonly driver: ExpectedDriver
  readonly egress: DriverEgress | null
  readonly #confiner: Confiner
  readonly #pool: WarmPool

  constructor(driver: ExpectedDriver, home: string, confiner: Confiner, say: (line: string) => void) {
    const { domain, program } = driver
    this.driver = { domain, program }
    this.egress = egressOf(program, home, domain, say)
    this.#confiner = confiner
    const boundary = async (): Promise<Boundary> => {
      const authority = (await this.egress?.authority()) ?? ''
      return driverBoundary(program, { home: stateFolder(home, domain), ...wayOf(this.egress, authority) })
    }
    this.#pool = new WarmPool({ confiner, boundary, size: 1, idleMs })
  }

  /** How many machines stand ready for it: one or none. */
  get ready(): number {
    return this.#pool.ready
  }

  /** Starts the first program in the machine that stands, if its boundary is the program's; every other in a new one. */
  get confiner(): Confiner {
    return {
      rung: this.#confiner.rung,
      start: async (boundary, what) => {
        const warm = this.#pool.take(what, boundary)
        void this.#pool.close()
        return await (warm ?? this.#confiner.start(boundary, what))
      },
    }
  }

  /** It is not needed. */
  end(): void {
    void this.#pool.close()
    this.egress?.close()
  }
}

/** The way to the network of a program whose manifest asks for one. */
export function egressOf(
  program: StdioProgram,
  home: string,
  domain: string,
  say: (line: string) => void,
): DriverEgress | null {
  return program.boundary?.network === true ? driverEgress(socketFolder(home, domain), say) : null
}

/** What of that way is part of the boundary. */
export function wayOf(
  egress: DriverEgress | null,
  authority: string,
): { readonly egress?: string; readonly authority?: string } {
  if (egress === null) return {}
  return { egress: egress.socket, ...(authority === '' ? {} : { authority }) }
}
