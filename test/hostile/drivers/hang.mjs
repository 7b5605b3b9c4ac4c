/** Never answers a call, and does not die of anything it can ignore. */
import { serve } from './scaffold.mjs'

process.on('SIGTERM', () => {})
process.on('SIGINT', () => {})
serve({ onCall: () => {} })
