/**
 * `@dbos-inc/dbos-sdk` as its documentation shows it: a step of a durable workflow, which does nothing but answer,
 * done when its result is committed. Each caller is a workflow of its own, begun before the clock starts. Nothing is
 * judged. Started by `database-callers.ts`.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { callArguments } from '../kernel/example-call.ts'
import type { Callers } from './database-load.ts'
import { serveLoads } from './database-load.ts'
import { installedIn } from './installed.ts'

interface Dbos {
  setConfig(config: object): void
  registerWorkflow<T>(body: (argument: T) => Promise<void>, config: object): (argument: T) => Promise<void>
  launch(): Promise<void>
  runStep<T>(step: () => Promise<T>, config: object): Promise<T>
}

type Step = () => Promise<void>

/** One workflow: takes the step out, and ends when it is told to. */
interface Caller {
  readonly begun: (step: Step) => void
  readonly ended: Promise<void>
}

const { BENCH_REFERENCES: folder = '', BENCH_DATABASE: url = '' } = process.env
const { DBOS: dbos } = installedIn(folder).load('@dbos-inc/dbos-sdk') as { readonly DBOS: Dbos }
const quiet = (): void => undefined
const complain = (entry: unknown): void => void process.stderr.write(`bench: DBOS: ${String(entry)}\n`)
const logger = { debug: quiet, info: quiet, warn: quiet, error: complain }
const callers: Caller[] = []
const act = (): Promise<object> => Promise.resolve({ noted: callArguments.path })

dbos.setConfig({ name: 'bench', systemDatabaseUrl: url, logger })
const workflow = dbos.registerWorkflow(
  async (at: number) => {
    const inside = AsyncLocalStorage.snapshot()
    callers[at]?.begun(() => inside(async () => void (await dbos.runStep(act, { name: 'write_note' }))))
    await callers[at]?.ended
  },
  { name: 'caller' },
)
await dbos.launch()
serveLoads(begin)

/** Begins a workflow for each caller and waits until all of them stand. */
async function begin(inFlight: number): Promise<Callers> {
  const free: Step[] = []
  const all = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const begun = (step: Step): void => {
    free.push(step)
    if (free.length === inFlight) all.resolve()
  }
  callers.length = 0
  for (let caller = 0; caller < inFlight; caller++) callers.push({ begun, ended: over.promise })
  const running = Promise.all(callers.map((_, at) => workflow(at)))
  await Promise.race([all.promise, running])
  return {
    async call() {
      const step = free.pop()
      if (step === undefined) throw new Error('there are more callers than workflows')
      await step()
      free.push(step)
    },
    async end() {
      over.resolve()
      await running
    },
  }
}
