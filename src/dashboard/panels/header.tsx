// The first line: what runs, whether this page hears of it, how far the network is and whether it agrees.
import { usePanel } from '../hooks.ts'
import type { Connection, Session } from '../session.ts'
import { clock, count, short } from '../view/format.ts'

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost',
  ended: 'the run has ended',
  recorded: 'recorded run'
}

export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const session = usePanel()
  const { run, network, connection, at } = session
  const about =
    run === undefined
      ? ''
      : `${run.scenario} · ${run.engine === 'virtual' ? 'simulation' : 'testnet'} · seed ${run.seed}`
  return (
    <header class="top">
      <h1>
        <Mark />
        Starling
      </h1>
      <span class="run" title={about}>
        {about}
      </span>
      <span class={`badge ${connection}`} data-connection={connection}>
        <i />
        <span role="status">
          {connection === 'live' && run?.state !== 'running' ? (run?.state ?? '') : WORDS[connection]}
        </span>
        {connection === 'lost' ? <Retry session={session} /> : null}
      </span>
      <dl class="facts">
        <Fact name="height" value={count(network.height)} />
        <Fact name="agree" value={agreement(session)} tone={tone(session)} />
        <Fact name="head" value={headText(session)} />
        <Fact name="time" value={run === undefined ? '–' : clock(at - run.startedAt)} />
      </dl>
      <span class="tools">
        <ThemeButton />
        <button type="button" class="quiet" aria-label="Keys and colours" title="Keys and colours (?)" onClick={onHelp}>
          ?
        </button>
      </span>
    </header>
  )
}

/** When it is tried again; pressed, now. Not read aloud every second. */
function Retry({ session }: { readonly session: Session }) {
  const { retryInMs } = session
  if (retryInMs === undefined) return <span class="wait">trying …</span>
  return (
    <button type="button" class="link wait" title="Try now" onClick={() => session.retryNow()}>
      trying again in {Math.ceil(retryInMs / 1000)} s
    </button>
  )
}

function Fact({ name, value, tone = '' }: { readonly name: string; readonly value: string; readonly tone?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={tone} data-fact={name}>
        {value}
      </dd>
    </div>
  )
}

function agreement({ network }: Session): string {
  return network.up === 0 ? '–' : `${network.agreed}/${network.up}`
}

function tone({ network }: Session): string {
  if (network.up === 0) return ''
  if (network.branches > 1) return 'bad'
  return network.agreed === network.up ? 'good' : ''
}

function headText({ network }: Session): string {
  if (network.heads.length === 0) return '–'
  return network.branches > 1 ? `${network.branches} branches` : short(network.tip ?? '')
}

function ThemeButton() {
  const turn = (): void => {
    const { style } = document.documentElement
    const isDark =
      style.colorScheme === '' ? matchMedia('(prefers-color-scheme: dark)').matches : style.colorScheme === 'dark'
    style.colorScheme = isDark ? 'light' : 'dark'
  }
  return (
    <button type="button" class="quiet" aria-label="Light or dark" title="Light or dark (d)" data-theme onClick={turn}>
      ◐
    </button>
  )
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <path d="M8 20 22 9M8 20l16 4M22 9l2 15" />
      <circle cx="8" cy="20" r="5" />
      <circle cx="22" cy="9" r="4" />
      <circle cx="24" cy="24" r="3" />
    </svg>
  )
}
