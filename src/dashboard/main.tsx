// The page: one session with the API that it came from.
import { render } from 'preact'
import { App } from './app.tsx'
import { SessionContext } from './hooks.ts'
import { Session } from './session.ts'

const token = document.querySelector('meta[name="starling-page"]')?.getAttribute('content') ?? ''
const session = new Session(location.origin, token === '' ? undefined : token)
const root = document.getElementById('app')
if (root !== null) {
  render(
    <SessionContext.Provider value={session}>
      <App />
    </SessionContext.Provider>,
    root
  )
  session.start()
}
