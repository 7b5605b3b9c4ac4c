/**
 * What the net service offers: a plain HTTP request, an opaque tunnel, and one selector for each secret. The CLI
 * pins exactly this when it adds the service or a secret, and the service presents it when it starts; where the
 * two differ, the kernel quarantines the selector.
 */
import type { JsonObject } from '../../base/json.ts'
import type { DriverManifest } from '../../kernel/manifest.ts'
import type { Definition } from '../definition.ts'
import { pinService } from '../service/pin-service.ts'
import type { SecretHead } from '../vault/secret.ts'
import { secretDefinition } from '../vault/secret.ts'
import type { Trust } from '../vault/trust.ts'
import { readTrust } from '../vault/trust.ts'
import { readVault } from '../vault/vault.ts'

/** The name that the net service is added under. */
export const netDriver = 'net'

/** A request that the service can read: plain http, or https that it opens. */
export const httpRequest = 'http/request'
/** A tunnel of which only host and port are known. */
export const netConnect = 'net/connect'

const requestArguments: JsonObject = {
  scheme: 'http or https',
  host: 'canonical name or address',
  port: 'number',
  method: 'as sent',
  path: 'as sent, with the query',
  bodyBytes: 'length of the body, or -1 when it was not read beforehand',
  bodySha256: 'hex digest of the body, or empty when it was not read beforehand',
  address: 'only when the host resolves to an address that is not public',
}

const tunnel: Definition = {
  selector: netConnect,
  definition: {
    name: netConnect,
    description: 'One connection to one host, of which nothing but its sizes is seen.',
    effect: 'act',
    arguments: {
      host: requestArguments['host'] ?? null,
      port: 'number',
      address: requestArguments['address'] ?? null,
    },
  },
}

function request(trust: Trust): Definition {
  const authorities = trust.size === 0 ? {} : { authorities: Object.fromEntries(trust) }
  return {
    selector: httpRequest,
    definition: {
      name: httpRequest,
      description: 'One HTTP request to one host.',
      effect: 'act',
      arguments: requestArguments,
      ...authorities,
    },
  }
}

/** The definitions with these secrets and these further authorities. */
export function definitionsWith(secrets: readonly SecretHead[], trust: Trust): readonly Definition[] {
  return [request(trust), tunnel, ...secrets.map(secretDefinition)]
}

/** The definitions as this home's vault makes them. Values are not opened. */
export function netDefinitions(home: string): readonly Definition[] {
  return definitionsWith(readVault(home).secrets, readTrust(home))
}

/**
 * What an operator signs to add the service: what it always offers. Secrets are signed one by one, so that adding
 * the service never makes usable what happens to lie in the vault.
 */
export function netManifest(): DriverManifest {
  return {
    program: { protocol: 'service', service: 'net' },
    selectors: definitionsWith([], new Map()).map(pinService),
  }
}
