// What the commands that open a data directory themselves are told.
import type { RelayMode } from '../../config/index.ts'
import type { JsonOption } from '../context.ts'
import type { Listen } from '../parse.ts'

export interface NodeFlags extends JsonOption {
  readonly dataDir: string
  readonly genesis?: string
  readonly listen?: readonly string[]
  readonly bootstrap?: readonly string[]
  readonly api?: Listen
  readonly mine?: boolean
  readonly relay: RelayMode
  readonly check?: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

export interface ExportFlags extends JsonOption {
  readonly dataDir: string
  readonly genesis?: string
  readonly from?: number
  readonly to?: number
  readonly force?: boolean
}

export interface ImportFlags extends JsonOption {
  readonly dataDir: string
  readonly genesis?: string
}
