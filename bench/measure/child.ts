/** A process of a benchmark's own, told what to do over its IPC channel and gone when that closes. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Slice } from './contest.ts'

/** A running child. */
export interface Child {
  /** Sends a request and resolves with the slice that comes back. One at a time. */
  slice(request: object): Promise<Slice>
  /** Ends it and waits for that. */
  end(): Promise<void>
}

/** Starts the program at `entry` and waits until it says that it is ready. Rejects when it ends before. */
export async function startChild(entry: URL, env: { readonly [name: string]: string }): Promise<Child> {
  const child = fork(entry, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await nextMessage(child)
  return {
    async slice(request) {
      const answer = nextMessage(child)
      child.send(request)
      return (await answer) as Slice
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = new Promise((resolve) => child.once('exit', resolve))
      if (child.connected) child.disconnect()
      const impatience = setTimeout(() => child.kill('SIGKILL'), 2_000)
      await exited
      clearTimeout(impatience)
    },
  }
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a child process ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (message: unknown) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}
