// What is asked of nodes while somebody looks at it: about once a second, by frames, one question at a time.
import { useEffect, useReducer, useRef } from 'preact/hooks'
import { useSession } from './hooks.ts'
import type { Session } from './session.ts'

const EVERY_MS = 1_000

/** The newest answer to `ask`; asked again about every second while the run goes on. Undefined before the first. */
export function usePoll<T>(key: string | undefined, ask: (session: Session) => Promise<T>): T | undefined {
  const session = useSession()
  const answer = useRef<{ key: string; value: T } | undefined>(undefined)
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    if (key === undefined) return
    let askedAt = Number.NEGATIVE_INFINITY
    let isAsking = false
    let isOver = false
    const unlisten = session.onFrame((now) => {
      if (isAsking || now - askedAt < EVERY_MS || session.connection !== 'live') return
      askedAt = now
      isAsking = true
      ask(session)
        .then((value) => {
          if (isOver) return
          answer.current = { key, value }
          redraw(undefined)
        })
        .catch(() => {
          // A node that is down says nothing; the last answer stands no longer.
          answer.current = undefined
        })
        .finally(() => {
          isAsking = false
        })
    })
    return () => {
      isOver = true
      unlisten()
    }
  }, [session, key])
  return answer.current?.key === key ? answer.current?.value : undefined
}

/** phi of each node as `observer` has it. */
export function useOpinion(observer: number | undefined): ReadonlyMap<number, number> | undefined {
  const session = useSession()
  const name = observer !== undefined && session.isUpNow(observer) ? session.run?.nodes[observer] : undefined
  return usePoll(name, async (session) => {
    const [members, peers] = [await session.client.members(name ?? ''), await session.peers()]
    return new Map(
      members.flatMap(({ peer, phi, self }): [number, number][] => {
        const node = peers.get(peer)
        return node === undefined || self ? [] : [[node, phi]]
      })
    )
  })
}
