// The page as a whole: what is where, and the keys.
import { useEffect, useState } from 'preact/hooks'
import { Details } from './details/details.tsx'
import { Graph } from './graph/graph.tsx'
import { useSession } from './hooks.ts'
import { Chain } from './panels/chain.tsx'
import { Disturb } from './panels/disturb.tsx'
import { Faults } from './panels/faults.tsx'
import { Header } from './panels/header.tsx'
import { Help } from './panels/help.tsx'
import { Latest } from './panels/latest.tsx'
import { Members } from './panels/members.tsx'
import { Mempool } from './panels/mempool.tsx'
import { Rounds } from './panels/rounds.tsx'
import { Send } from './panels/send.tsx'
import { Strip } from './panels/strip.tsx'
import { TimeBar } from './panels/time-bar.tsx'
import { Traffic } from './panels/traffic.tsx'

export function App() {
  const [isHelping, setHelping] = useState(false)
  useKeys(() => setHelping(true))
  return (
    <>
      <a class="skip" href="#main">
        Skip to the network
      </a>
      <Header onHelp={() => setHelping(true)} />
      <main id="main" tabIndex={-1}>
        <div class="stage-side">
          <section class="card network" aria-label="Network">
            <Graph />
            <Disturb />
            <TimeBar />
          </section>
          <Send />
        </div>
        <div class="side">
          <Latest />
          <Strip />
        </div>
        <Chain />
        <Members />
        <Mempool />
        <Rounds />
        <Traffic />
        <Faults />
        <Details />
      </main>
      {isHelping ? <Help onClose={() => setHelping(false)} /> : null}
    </>
  )
}

/** Keys of the whole page, but not where somebody types. */
function useKeys(onHelp: () => void): void {
  const session = useSession()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event
      const isTyping = target instanceof HTMLElement && target.matches('input:not([type=range]), select, textarea')
      // A dialog has its own, Escape among them.
      if (document.querySelector('dialog[open]') !== null) return
      if ((isTyping && event.key !== 'Escape') || event.ctrlKey || event.metaKey || event.altKey) return
      const { playback, timeline } = session
      switch (event.key) {
        case ' ':
          if (target instanceof HTMLElement && target.matches('button, summary, a')) return
          playback.toggle(timeline)
          break
        case 'ArrowLeft':
        case 'ArrowRight':
          if (target instanceof HTMLInputElement) return
          playback.step(timeline, event.key === 'ArrowLeft' ? -1 : 1)
          break
        case 'l':
          playback.live()
          break
        case 's':
          playback.isSlow = !playback.isSlow
          break
        case 'd':
          document.querySelector<HTMLButtonElement>('[data-theme]')?.click()
          break
        case '?':
          onHelp()
          break
        case 'Escape':
          session.select(undefined)
          break
        default:
          return
      }
      event.preventDefault()
      session.refresh()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [session])
}
