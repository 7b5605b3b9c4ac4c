/**
 * Runs the body of a command on a kernel connection and closes it whatever happens.
 */
import type { Context } from '../command.ts'
import { exitCodes, type ExitCode } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { connectKernel } from '../kernel-client.ts'

/** Connects, runs `body`, closes. The exit code is `done` when the body returns. */
export async function withKernel(
  context: Context,
  body: (kernel: KernelClient) => Promise<void>,
): Promise<ExitCode> {
  const kernel = await connectKernel(context.paths)
  try {
    await body(kernel)
  } finally {
    kernel.close()
  }
  return exitCodes.done
}
