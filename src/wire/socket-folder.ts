/**
 * Where a domain's kernel listens. One function, because the kernel binds these sockets and the supervisor, the
 * gateway, adapters and commands all have to find them. `main` has the `run` folder itself, as a home with one
 * domain always had; every other domain has a folder of its name in it, so that no socket is named twice.
 */
import { join } from 'node:path'

/** The domain that a command means when none is named. */
export const mainDomain = 'main'

/** The domain of the sovereign kernel, in homes that have one. */
export const sovereignDomain = 'sovereign'

/** The folder of a domain's sockets: `agent.sock`, `operator.sock` and `driver.sock`. It need not exist. */
export function socketFolder(home: string, domain: string): string {
  const run = join(home, 'run')
  return domain === mainDomain ? run : join(run, domain)
}
