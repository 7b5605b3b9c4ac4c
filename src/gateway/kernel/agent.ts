/**
 * One agent as the gateway knows it: its attachment and what is known through it. Everything that is served to
 * clients with the same token goes through the same attachment, because the kernel allows an agent only so many.
 */
import { Attachment } from './attachment.ts'
import { CatalogueCache } from './catalogue.ts'
import { ChangeWatch } from './change-watch.ts'
import { ResourceIndex } from './resource-index.ts'

/** An agent that somebody uses. */
export interface Agent {
  readonly attachment: Attachment
  readonly catalogue: CatalogueCache
  readonly resources: ResourceIndex
  readonly changes: ChangeWatch
}

/** The agent behind a token. Nothing is connected until something is asked. */
export function agentOf(agentSocket: string, token: string): Agent {
  const attachment = new Attachment(agentSocket, token)
  const catalogue = new CatalogueCache(attachment)
  return {
    attachment,
    catalogue,
    resources: new ResourceIndex(attachment),
    changes: new ChangeWatch(attachment, catalogue),
  }
}
