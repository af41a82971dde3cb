import { deepEqual, equal, rejects } from 'node:assert/strict'
import { lastAnswers } from '../../src/engine/tcp/ending.ts'
import type { WorkerMeasure } from '../../src/engine/tcp/messages.ts'
import { StopRequest } from '../../src/engine/tcp/stop-request.ts'
import { Collector } from '../../src/report/index.ts'
import { realRuntime, realTimers } from '../../src/runtime/index.ts'

describe('the end of a testnet', () => {
  const collector = new Collector({ nodes: ['n1'], peerNames: new Map() })
  const runtime = realRuntime({ seed: 1 })
  const answer: WorkerMeasure = {
    at: 1,
    nodes: [],
    loopLagP99Ms: 0,
    droppedEvents: 0,
    trace: { events: 0, dropped: 0 }
  }

  it('asks once more after the drain, and without a drain once', async () => {
    for (const [how, times] of [
      ['drain', 2],
      ['interrupt', 1]
    ] as const) {
      const request = new StopRequest()
      request.make(how)
      let asked = 0
      const measure = async (): Promise<WorkerMeasure[]> => [{ ...answer, at: ++asked }]
      const { answers, interrupted } = await lastAnswers({ fleet: { measure }, collector, runtime }, request)
      equal(answers[0]?.at, times)
      equal(interrupted, how === 'interrupt')
    }
  })

  it('is no report when it is killed while the last answers are waited for', async () => {
    for (const how of ['drain', 'interrupt'] as const) {
      const request = new StopRequest()
      request.make(how)
      const measure = async (): Promise<WorkerMeasure[]> => {
        request.make('kill')
        return []
      }
      await rejects(lastAnswers({ fleet: { measure }, collector, runtime }, request), /killed/)
    }
  })

  it('comes in the strongest way that was asked for', async () => {
    const request = new StopRequest()
    const modes = (['interrupt', 'drain', 'kill', 'interrupt'] as const).map((how) => {
      request.make(how)
      return request.mode
    })
    deepEqual(modes, ['interrupt', 'interrupt', 'kill', 'kill'])
    await request.wait(realTimers, undefined)
  })
})
