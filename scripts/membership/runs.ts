// The planned run in either engine: twenty nodes under load, three killed and started again, one that says goodbye. What
// each node saw is read from the traces.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { type Report, runTestnet, type ScenarioInput, simulate } from '../../src/index.ts'
import { MergedTrace, traceFiles, TRACES } from '../../src/trace/index.ts'
import { type Finding, judge, type Sighting } from './judge.ts'

export type EngineName = 'tcp' | 'virtual'

export interface MembershipRun {
  readonly engine: EngineName
  readonly durationS: number
  readonly findings: readonly Finding[]
  readonly report: Report
}

const NODES = 20
const ROUND_MS = 1000
const VICTIMS = ['n18', 'n19', 'n20']
const LEAVER = 'n17'
/** Seconds since the network was meshed. */
export interface Times {
  readonly killed: number
  readonly started: number
  readonly leaves: number
  readonly duration: number
}

const TIMES: Readonly<Record<EngineName, Times>> = {
  tcp: { killed: 3, started: 29, leaves: 54, duration: 60 },
  virtual: { killed: 60, started: 240, leaves: 480, duration: 600 }
}

/** Rejects when the run itself fails; what did not hold is in the findings. */
export async function runMembership(
  engine: EngineName,
  seed: number,
  times: Times = TIMES[engine]
): Promise<MembershipRun> {
  const directory = mkdtempSync(join(tmpdir(), 'starling-membership-'))
  try {
    const { report, meshedAt } = await run(engine, scenarioOf(times, seed), directory)
    const { sightings, beganAt } = await sightingsIn(join(directory, TRACES))
    // In virtual time the first record is of the run's first moment; real processes need a while to get there.
    const zero = meshedAt ?? beganAt + 1000 * report.warmup_s
    const at = (seconds: number): number => zero + 1000 * seconds
    const { killed, started, leaves, duration } = times
    const lagMs = engine === 'tcp' ? Number(report.environment.event_loop_lag_p99_ms) : 0
    const findings = judge(sightings, {
      nodes: Array.from({ length: NODES }, (_, i) => `n${i + 1}`),
      roundMs: ROUND_MS * (1 + MEMBERSHIP_LIMITS.jitter) + lagMs,
      victims: VICTIMS,
      killedAt: at(killed),
      startedAt: at(started),
      leaver: LEAVER,
      leavesAt: at(leaves)
    })
    return { engine, durationS: duration, findings, report }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function scenarioOf({ killed, started, leaves, duration }: Times, seed: number): ScenarioInput {
  return {
    name: 'membership',
    seed,
    nodes: NODES,
    consensus: 'authority',
    block: { interval: '2s', producers: 4 },
    load: { rate: 5 },
    membership: { interval: `${ROUND_MS}ms` },
    faults: [
      { at: `${killed}s`, for: `${started - killed}s`, do: 'crash', nodes: VICTIMS },
      { at: `${leaves}s`, do: 'stop', nodes: LEAVER }
    ],
    duration: `${duration}s`
  }
}

interface Ended {
  readonly report: Report
  /** When its faults' time began, ms; known of real processes. */
  readonly meshedAt?: number | undefined
}

async function run(engine: EngineName, scenario: ScenarioInput, directory: string): Promise<Ended> {
  if (engine === 'virtual') return { report: (await simulate(scenario, { directory, trace: 'file' })).report }
  const testnet = await runTestnet(scenario, { directory })
  const { report } = await testnet.finished
  return { report, meshedAt: testnet.collector.measuredFrom }
}

/** `beganAt`: the first record of all, ms. */
async function sightingsIn(directory: string): Promise<{ sightings: Sighting[]; beganAt: number }> {
  const trace = new MergedTrace(await traceFiles(directory), { onEnd: () => {} })
  const seen: Sighting[] = []
  let beganAt = Infinity
  for await (const { node, event } of trace.records()) {
    beganAt = Math.min(beganAt, event.at)
    if (event.type === 'member') seen.push({ at: event.at, node, about: event.peer, change: event.change })
    if (event.type === 'peer' && event.state === 'connected') {
      seen.push({ at: event.at, node, about: event.peer, change: 'connected' })
    }
  }
  const named = seen.map(({ node, about, ...rest }) => ({
    ...rest,
    node: trace.nameOf(node),
    about: trace.nameOf(about)
  }))
  return { sightings: named.sort((a, b) => a.at - b.at), beganAt }
}
