// libp2p's logger over ours. Only errors pass, as debug lines: libp2p reports every peer that goes away as an error,
// and its plain log calls are too many to format.
import type { ComponentLogger, Logger as Libp2pLogger } from '@libp2p/interface'
import type { Logger } from '../../runtime/index.ts'

export function componentLogger(logger: Logger): ComponentLogger {
  return { forComponent: (name) => scopeLogger(logger, name) }
}

const nothing = (): void => {}

function scopeLogger(logger: Logger, component: string): Libp2pLogger {
  const error = (message: unknown, ...details: unknown[]): void => {
    const cause = [message, ...details].find((detail) => detail instanceof Error)
    logger.debug(String(message), { component, ...(cause === undefined ? {} : { error: cause.message }) })
  }
  return Object.assign(() => {}, {
    error,
    trace: nothing,
    enabled: false,
    newScope: (scope: string) => scopeLogger(logger, `${component}:${scope}`)
  })
}
