// What is asked of the controller, and what is said about it: that it is under way, what became of it, what was wrong.
import { useState } from 'preact/hooks'
import type { ApiError } from '../api/client/index.ts'

export interface Said {
  readonly text: string
  readonly tone: 'muted' | 'bad'
}

const NOTHING: Said = { text: '', tone: 'muted' }

export interface Order {
  readonly said: Said
  /** Says `meanwhile`, then what `ask` resolves to, or why it was refused. */
  readonly give: (meanwhile: string, ask: () => Promise<string>) => Promise<void>
  readonly clear: () => void
}

export function useOrder(): Order {
  const [said, say] = useState(NOTHING)
  const give = async (meanwhile: string, ask: () => Promise<string>): Promise<void> => {
    say({ text: meanwhile, tone: 'muted' })
    try {
      say({ text: await ask(), tone: 'muted' })
    } catch (error) {
      const { message, hint } = error as ApiError
      say({ text: hint === undefined ? message : `${message} ${hint}`, tone: 'bad' })
    }
  }
  return { said, give, clear: () => say(NOTHING) }
}

export function Says({ said: { text, tone } }: { readonly said: Said }) {
  return (
    <p class={`says ${tone}`} role="status">
      {text}
    </p>
  )
}
