/**
 * Runs the body of a command on a kernel connection and closes it whatever happens.
 */
import type { Context } from '../command.ts'
import { exitCodes, type ExitCode } from '../exit.ts'
import { governing } from '../home.ts'
import type { KernelClient } from '../kernel-client.ts'
import { connectKernel } from '../kernel-client.ts'

/** Connects, runs `body`, closes. The exit code is `done` when the body returns. */
export async function withKernel(
  context: Context,
  body: (kernel: KernelClient) => Promise<void>,
): Promise<ExitCode> {
  const kernel = await (context.past?.connect() ?? connectKernel(context.paths))
  try {
    await body(kernel)
  } finally {
    kernel.close()
  }
  return exitCodes.done
}

/** The same on the kernel that governs the home, whatever domain is meant: the sovereign, or `main` alone. */
export function withGoverning(
  context: Context,
  body: (kernel: KernelClient, context: Context) => Promise<void>,
): Promise<ExitCode> {
  const there = { ...context, paths: governing(context.paths) }
  return withKernel(there, (kernel) => body(kernel, there))
}
