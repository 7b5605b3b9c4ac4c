/** Every server that there are presets for, and which of them a driver is. */
import { chromeDevtoolsPresets } from './chrome-devtools.ts'
import { context7Presets } from './context7.ts'
import { everythingPresets } from './everything.ts'
import { filesystemPresets } from './filesystem.ts'
import { gitPresets } from './git.ts'
import { gitMcpServerPresets } from './git-mcp-server.ts'
import { memoryPresets } from './memory.ts'
import { mongodbPresets } from './mongodb.ts'
import { notionPresets } from './notion.ts'
import { playwrightPresets } from './playwright.ts'
import type { ServerPresets } from './preset.ts'
import { sequentialThinkingPresets } from './sequential-thinking.ts'

/** All of them. */
export const catalogue: readonly ServerPresets[] = [
  filesystemPresets,
  memoryPresets,
  everythingPresets,
  sequentialThinkingPresets,
  gitPresets,
  gitMcpServerPresets,
  playwrightPresets,
  chromeDevtoolsPresets,
  notionPresets,
  mongodbPresets,
  context7Presets,
]

/**
 * The servers that a driver with these selectors may be: those whose telling selectors it has pinned. A
 * program that borrows the names of another gains nothing by it: what is granted is shown and signed.
 */
export function presetsFor(pinned: readonly string[]): readonly ServerPresets[] {
  return catalogue.filter(({ known }) => known.every((selector) => pinned.includes(selector)))
}
