/**
 * What a service of the system offers, known without starting it: its definitions are part of Custos and of the
 * home's vault, and the process that serves them presents exactly these.
 */
import { netDefinitions } from '../driver/net/net-definitions.ts'
import type { DriverOffer } from '../driver/probe.ts'
import { pinService } from '../driver/service/pin-service.ts'
import { workspaceDefinitions } from '../driver/workspace/workspace-definitions.ts'
import type { ServiceProgram } from '../kernel/manifest.ts'

/** The offer of `service` in the home at `home`. */
export function serviceOffer(service: ServiceProgram['service'], home: string): DriverOffer {
  const definitions = service === 'net' ? netDefinitions(home) : workspaceDefinitions
  return {
    selectors: definitions.map(pinService),
    definitions,
    serverInfo: {
      name: service,
      version: '',
      revision: 'none: it is a service of the system',
    },
    revision: '',
    capabilities: {},
  }
}
