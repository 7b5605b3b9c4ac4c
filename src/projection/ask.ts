/** Asks a projection a question, in a process that is killed when its time is over. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Query, QueryEnd } from './query-limits.ts'
import { queryLimits } from './query-limits.ts'

/** The rows of an answer, each as JSON of its columns by name. */
export interface QueryAnswer extends QueryEnd {
  readonly rows: readonly { readonly [column: string]: unknown }[]
}

const program = new URL(
  import.meta.url.endsWith('.ts') ? './question/main.ts' : './question/main.js',
  import.meta.url,
)

/** The answer, or why there is none, in words of the database that are not safe to print. */
export function askProjection(
  query: Query,
  timeMs: number = queryLimits.timeMs,
): Promise<Result<QueryAnswer, string>> {
  if (Buffer.byteLength(query.sql) > queryLimits.textBytes)
    return Promise.resolve(err(`a question has at most ${queryLimits.textBytes} bytes`))
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      `--max-old-space-size=${queryLimits.heapMiB}`,
      fileURLToPath(program),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], env: {} },
  )
  const timer = setTimeout(() => child.kill('SIGKILL'), timeMs)
  let [answer, problem] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem = (problem + text).slice(0, 4096)))
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(query))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      clearTimeout(timer)
      resolve(err(error.message))
    })
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      if (signal === 'SIGKILL') resolve(err(`it took longer than ${timeMs / 1000} s`))
      else
        resolve(status === 0 ? ok(read(answer)) : err(problem.trim() || `the process ended with ${status}`))
    })
  })
}

function read(answer: string): QueryAnswer {
  const lines = answer.trimEnd().split('\n')
  const end = JSON.parse(lines.pop() ?? '') as QueryEnd
  return { ...end, rows: lines.map((line) => JSON.parse(line) as QueryAnswer['rows'][number]) }
}
