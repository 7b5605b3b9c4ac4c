/**
 * `@anthropic-ai/sandbox-runtime` as a library: initialized once, then for each command its words are wrapped and
 * run by a shell, as its README shows. It shows the whole host but for what is denied, passes the environment on
 * and writes in place, so it does less; it is the nearest thing that people install. It needs `bwrap`, `socat`
 * and `rg`, and where it or they are missing there is no such reference.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'

/** Name of the reference in the tables. */
export const sandboxRuntimeName = '@anthropic-ai/sandbox-runtime'

interface Manager {
  initialize(config: object): Promise<void>
  wrapWithSandbox(command: string): Promise<string>
  reset(): Promise<void>
}

/** Starts commands. */
export interface SandboxRuntime {
  /** The shell that becomes the wrapped command, with pipes. */
  start(command: string): Promise<ChildProcess>
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
    return { start: (command) => start(manager, command), close: () => manager.reset() }
  } catch (error) {
    process.stderr.write(`bench: no ${sandboxRuntimeName}: ${(error as Error).message}\n`)
    return null
  }
}

async function start(manager: Manager, command: string): Promise<ChildProcess> {
  return spawn(await manager.wrapWithSandbox(command), { shell: true, stdio: 'pipe' })
}
