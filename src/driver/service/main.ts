/**
 * The process of a service: started and told its task by the supervisor exactly as an adapter is, and ended
 * with it. It makes the one service that its program names and serves it on the wire.
 */
import { flushCompileCache } from 'node:module'
import type { ServiceProgram } from '../../kernel/manifest.ts'
import { socketFolder } from '../../wire/socket-folder.ts'
import type { AdapterInstructions } from '../adapter/instructions.ts'
import { stateFolder } from '../state-folder.ts'
import { createNetService } from '../net/net-service.ts'
import { createWorkspaceService } from '../workspace/workspace-service.ts'
import { readTask } from '../adapter/task.ts'
import { serveService } from './serve-service.ts'
import type { Service } from './service.ts'

const supervisorGone = new AbortController()
// Who is killed writes nothing at its end, so what was compiled is kept as soon as everything is loaded.
setTimeout(() => flushCompileCache(), 2_000).unref()

/** Makes the service of that name for one domain of a home. */
function create(service: ServiceProgram['service'], place: AdapterInstructions): Promise<Service> {
  const home = stateFolder(place.home, place.domain)
  switch (service) {
    case 'net':
      return createNetService({ home, run: socketFolder(place.home, place.domain) })
    case 'workspace':
      return createWorkspaceService({ home })
  }
}

const task = await readTask(() => supervisorGone.abort('the supervisor is gone'))
if (task === null || task.program.protocol !== 'service') {
  process.stderr.write('service: no usable instructions on standard input\n')
  process.exit(2)
}
const service = await create(task.program.service, task)
const reason = await serveService(service, { ...task, signal: supervisorGone.signal })
process.stderr.write(`service: ${reason}\n`)
await service.close()
process.exit(1)
