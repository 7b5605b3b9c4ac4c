/** Dies in the middle of a call. */
import { serve } from './scaffold.mjs'

serve({ onCall: () => process.exit(7) })
