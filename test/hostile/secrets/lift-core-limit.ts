/** For `--import`: what is loaded from here on starts programs without the limit that keeps cores from being written. */
import { takeAway } from '../boundary/defences.ts'

takeAway(['no memory of a crash'])
