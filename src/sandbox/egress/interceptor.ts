/**
 * Who decides whether a CONNECT is opened here, so that what is asked inside can be judged request by request, and
 * with which certificate we then answer in the name of the host.
 */
import type { SecureContext } from 'node:tls'

/** Decides for one program. */
export interface Interceptor {
  /** Key and certificate for `host`, or null when its tunnel is to stay closed to us. */
  contextFor(host: string, port: number): Promise<SecureContext | null>
}
