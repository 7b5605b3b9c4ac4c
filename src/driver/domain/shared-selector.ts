/**
 * What an operation of one domain is called in another that it is shared with: the tool `read` of the driver
 * `files` is there the tool `files__read`. The first two underscores end the driver's name, so that no driver can
 * offer a name that means another's; a driver whose own name does not allow that cannot be shared.
 */
import type { Definition } from '../definition.ts'
import { toolDefinition, toolOf } from '../definition.ts'

const separator = '__'

/** Why nothing of a driver with this name can be shared, or null. */
export function whyNotShared(driver: string): string | null {
  return driver.includes(separator) || driver.endsWith('_')
    ? 'its name has two underscores, or one at its end, and could be mistaken for another in the other domain'
    : null
}

/** What a selector of `driver` is called in the other domain, or null when it cannot be shared. */
export function selectorAbroad(driver: string, selector: string): string | null {
  const tool = toolOf(selector)
  return tool === null || whyNotShared(driver) !== null ? null : `tools/${driver}${separator}${tool}`
}

/** The definition of `definition` of `driver` as the other domain gets it, or null when it cannot be shared. */
export function sharedDefinition(driver: string, { selector, definition }: Definition): Definition | null {
  const abroad = selectorAbroad(driver, selector)
  const name = abroad === null ? null : toolOf(abroad)
  return name === null ? null : toolDefinition({ ...definition, name })
}
