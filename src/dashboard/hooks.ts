// How components follow the session.
import { createContext } from 'preact'
import { useContext, useEffect, useReducer } from 'preact/hooks'
import type { OnFrame, Session } from './session.ts'

export const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('a component outside the page')
  return session
}

/** The component is drawn again when its turn comes, several times a second. */
export function usePanel(): Session {
  const session = useSession()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => session.addPanel(() => redraw(undefined)), [session])
  return session
}

export function useFrames(draw: OnFrame): void {
  const session = useSession()
  useEffect(() => session.onFrame(draw), [session])
}
