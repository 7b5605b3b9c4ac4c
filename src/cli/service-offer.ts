/**
 * What is offered by what is no MCP server. A service's definitions are known without starting it: they are part of
 * Custos and of the domain's vault. Another domain is looked at through the attachment that its adapter will use.
 */
import { netDefinitions } from '../driver/net/net-definitions.ts'
import { offerOfShare } from '../driver/domain/share-offer.ts'
import type { DriverOffer } from '../driver/probe.ts'
import { pinService } from '../driver/service/pin-service.ts'
import { workspaceDefinitions } from '../driver/workspace/workspace-definitions.ts'
import type { ServiceProgram } from '../kernel/manifest.ts'
import { visible } from './escape.ts'
import { unreachableFailure } from './exit.ts'
import type { HomePaths } from './home.ts'

/** The offer of `service` in a domain whose things are in `home`. */
export function serviceOffer(service: ServiceProgram['service'], home: string): DriverOffer {
  const definitions = service === 'net' ? netDefinitions(home) : workspaceDefinitions
  return offerNamed(service, 'it is a service of the system', definitions.map(pinService), definitions)
}

/** What the domain `from` gives the one that is meant. */
export async function domainOffer(from: string, { home, domainName }: HomePaths): Promise<DriverOffer> {
  const offer = await offerOfShare(home, { from, to: domainName })
  if (!offer.ok) throw unreachableFailure(`it cannot be seen what is given: ${visible(offer.error)}`)
  return offerNamed(from, 'it is another domain', offer.value.pins, offer.value.definitions)
}

function offerNamed(
  name: string,
  why: string,
  selectors: DriverOffer['selectors'],
  definitions: DriverOffer['definitions'],
): DriverOffer {
  const serverInfo = { name, version: '', revision: `none: ${why}` }
  return { selectors, definitions, serverInfo, revision: '', capabilities: {} }
}
