/**
 * `@anthropic-ai/sandbox-runtime` as a library: initialized once, then for each command its words are wrapped and
 * run by a shell, as its README shows. It shows the whole host but for what is denied, passes the environment on
 * and writes in place, so it does less; it is the nearest thing that people install. It needs `bwrap`, `socat`
 * and `rg`, and where it or they are missing there is no such reference.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Name of the reference in the tables. */
export const sandboxRuntimeName = '@anthropic-ai/sandbox-runtime'

interface Manager {
  initialize(config: object): Promise<void>
  wrapWithSandbox(command: string): Promise<string>
  reset(): Promise<void>
}

/** Runs one command and waits for its end. */
export interface SandboxRuntime {
  run(command: string): Promise<void>
  close(): Promise<void>
}

/** Initializes it, or null with the reason on standard error. */
export async function openSandboxRuntime(): Promise<SandboxRuntime | null> {
  try {
    const loaded: unknown = await import(sandboxRuntimeName)
    const { SandboxManager: manager } = loaded as { SandboxManager: Manager }
    await manager.initialize({
      network: { allowedDomains: [], deniedDomains: [] },
      filesystem: { denyRead: [], allowWrite: ['/tmp'], denyWrite: [] },
    })
    return { run: (command) => run(manager, command), close: () => manager.reset() }
  } catch (error) {
    process.stderr.write(`bench: no ${sandboxRuntimeName}: ${(error as Error).message}\n`)
    return null
  }
}

async function run(manager: Manager, command: string): Promise<void> {
  const child = spawn(await manager.wrapWithSandbox(command), { shell: true, stdio: 'ignore' })
  const [status] = (await once(child, 'exit')) as [number | null]
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
}
