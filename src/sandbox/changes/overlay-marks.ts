/**
 * Asks for the marks that the kernel's overlay leaves as extended attributes, with a few lines of Perl because
 * Node.js has no call for them. Without an answer there is no list of changes: a folder that hides what lies
 * under it and one that does not differ in nothing else, and a guess would invent or lose removals.
 */
import { spawn } from 'node:child_process'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { overlayMarksProgram } from './overlay-marks-program.ts'

const perl = '/usr/bin/perl'
const deadlineMs = 60_000

/** Which of `paths`, relative to the folder `upper`, hide what lies under them; or why nobody can tell. */
export async function hidingFolders(
  upper: string,
  paths: readonly string[],
): Promise<Result<ReadonlySet<string>, string>> {
  if (paths.length === 0) return ok(new Set())
  const answer = await letters(upper, paths)
  if (!answer.ok) return answer
  if (answer.value.length !== paths.length) return err('the marks of the store could not be read')
  const hiding = new Set<string>()
  for (const [index, path] of paths.entries()) {
    const letter = answer.value[index]
    if (letter === 'o') hiding.add(path)
    else if (letter !== '-') return err(`the store keeps ${path} in a way that is not understood`)
  }
  return ok(hiding)
}

function letters(upper: string, paths: readonly string[]): Promise<Result<string, string>> {
  const { promise, resolve } = Promise.withResolvers<Result<string, string>>()
  const child = spawn(perl, ['-e', overlayMarksProgram], {
    cwd: upper,
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  })
  let text = ''
  child.stdout.setEncoding('latin1')
  child.stdout.on('data', (part: string) => (text += part))
  child.on('error', (problem) => resolve(err(`${perl} is needed to read the store: ${problem.message}`)))
  child.on('close', (code) =>
    resolve(code === 0 ? ok(text) : err('the marks of the store could not be read')),
  )
  child.stdin.on('error', () => {})
  child.stdin.end(paths.map((path) => `${path}\0`).join(''))
  return promise
}
