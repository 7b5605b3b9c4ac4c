/** What a guarded process leaves closed, seen from outside it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { until } from '../../../test/harness/world.ts'

const guard = pathToFileURL(join(import.meta.dirname, 'memory-guard.ts')).href

/** Starts a process that does `before`, says that it is ready, hears a debugger's signal, and says `awaited`. */
async function afterTheSignal(
  before: string,
  awaited: string,
): Promise<{ readonly stderr: string; readonly limits: string }> {
  const script = `${before}; process.stdout.write('ready'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--inspect-port=0', '-e', script])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await once(child.stdout, 'data')
  const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8')
  child.kill('SIGUSR1')
  // An answer of its own proves that the signal, which came first, was heard.
  child.kill('SIGUSR2')
  await until(() => stderr.includes(awaited) || null, awaited)
  child.kill('SIGKILL')
  await once(child, 'close')
  return { stderr, limits }
}

const answering = "process.on('SIGUSR2', () => setTimeout(() => process.stderr.write('heard'), 200))"

test('a guarded process opens no debugger and leaves no core dump; one that is not guarded opens it', async () => {
  const guarded = await afterTheSignal(
    `${answering}; const { guardMemory } = await import('${guard}'); const problems = await guardMemory();` +
      "if (problems.length > 0) throw new Error(problems.join('; '))",
    'heard',
  )
  assert.equal(guarded.stderr, 'heard')
  assert.match(guarded.limits, /Max core file size\s+1\s+1\s/u)
  const control = await afterTheSignal(answering, 'Debugger listening')
  assert.match(control.stderr, /Debugger listening/u)
})
