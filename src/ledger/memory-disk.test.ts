import { ledgerContract } from './ledger-contract.ts'
import { memoryDisk } from './memory-disk.ts'

ledgerContract('memory disk', () => {
  const files = new Map<string, Uint8Array>()
  return { open: () => memoryDisk(files), dispose: () => files.clear() }
})
