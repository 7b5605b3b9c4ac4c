/** Blobs in two places: each is durable in both before the event that names it, and read from whichever has it whole. */
import { sha256Hex } from '../../base/hash.ts'
import type { BlobStore } from '../blobs.ts'
import type { MirrorLost } from './mirrored-disk.ts'

/** `main` and `mirror` as one store. */
export function mirroredBlobs(main: BlobStore, mirror: BlobStore, onLost: MirrorLost): BlobStore {
  let isLost = false
  return {
    get(digest) {
      const sealed = main.get(digest)
      if (sealed !== null && sha256Hex(sealed) === digest) return sealed
      return mirror.get(digest) ?? sealed
    },
    put(digest, sealed, done) {
      main.put(digest, sealed, (failure) => {
        if (failure !== null || isLost) return done(failure)
        mirror.put(digest, sealed, (lost) => {
          if (lost === null) return done(null)
          if (onLost === null) return done({ code: lost.code, message: `the mirror: ${lost.message}` })
          if (!isLost) onLost(lost)
          isLost = true
          done(null)
        })
      })
    },
  }
}
