// A payment from a development account; its way is followed in the details.
import { useState } from 'preact/hooks'
import { usePanel } from '../hooks.ts'
import { Says, useOrder } from '../orders.tsx'
import { usePoll } from '../polls.ts'
import { count } from '../view/format.ts'
import { Card } from './card.tsx'

export function Send() {
  const session = usePanel()
  const accounts = session.run?.accounts ?? []
  const [from, setFrom] = useState('alice')
  const [to, setTo] = useState('bob')
  const [amount, setAmount] = useState('5')
  const { said, give, clear } = useOrder()
  const balances = usePoll('accounts', async ({ client }) => {
    const found = await client.accounts({ limit: 20 })
    return new Map(found.map(({ name, available }) => [name, available]))
  })
  if (!session.canControl || accounts.length === 0) return null
  const send = (event: Event): Promise<void> => {
    event.preventDefault()
    return give('signing …', async () => {
      const { id } = await session.client.pay({ from, to, amount: Number(amount), fee: 1 })
      session.playback.live()
      session.select({ kind: 'transaction', id })
      return ''
    })
  }
  const choice = (label: string, value: string, change: (value: string) => void) => (
    <label>
      {label}
      <select name={label} value={value} onChange={(event) => change(event.currentTarget.value)}>
        {accounts.map((account) => (
          <option key={account}>{account}</option>
        ))}
      </select>
    </label>
  )
  const available = balances?.get(from)
  return (
    <Card title="Send" area="send" note={available === undefined ? undefined : `${from} has ${count(available)}`}>
      <form onSubmit={send}>
        {choice('from', from, setFrom)}
        {choice('to', to, setTo)}
        <label>
          amount
          <input
            name="amount"
            inputMode="numeric"
            required
            pattern="[1-9][0-9]{0,15}"
            value={amount}
            onInput={(event) => {
              setAmount(event.currentTarget.value)
              clear()
            }}
          />
        </label>
        <button type="submit" class="primary">
          Send
        </button>
      </form>
      <Says said={said} />
    </Card>
  )
}
