// Nodes that misbehave, for scenarios and tests: real nodes, on either engine's Host, each with one way of being bad.
// They behave until their producer is started, which is when a run begins to be measured.
import { Node, type NodeComponents, type NodeInit } from '../node/index.ts'
import type { ProducerComponents, ProducerInit, Production } from '../production/index.ts'
import type { Misbehaviour } from '../scenario/index.ts'
import { equivocator, garbledSignatures, invalidBlocks } from './blocks.ts'
import { garbageShortIds, withholding } from './compact.ts'
import { badSignatureSpam, endlessFrames, oversizedFrames, silent, slowReader } from './messages.ts'
import type { Role } from './situation.ts'

/** A role that keeps something between its parts is made anew for each node. */
const ROLES: Readonly<Record<Misbehaviour, Role | (() => Role)>> = {
  'invalid-blocks': invalidBlocks,
  'garbage-short-ids': garbageShortIds,
  'garbled-signatures': garbledSignatures,
  'bad-signature-spam': badSignatureSpam,
  'oversized-frames': oversizedFrames,
  'endless-frames': endlessFrames,
  withholding,
  'slow-reader': slowReader,
  equivocator,
  silent
}

/**
 * Puts a misbehaving node together: what engines give `openNode` as `compose`, or call instead of `new Node`. Its
 * `producer`, which it always has, starts and ends the misbehaviour. Throws `RangeError` without a production key.
 */
export function composeAdversary(role: Misbehaviour): (components: NodeComponents, init: NodeInit) => Node {
  return (components, init) => {
    const chosen = ROLES[role]
    const { wrap, createGossip, act } = typeof chosen === 'function' ? chosen() : chosen
    if (init.production === undefined) throw new RangeError(`a node that is to be ${role} needs a key to produce with`)
    const begin = (production: ProducerComponents, producerInit: ProducerInit): Production =>
      new Mischief(() => act({ node, key: producerInit.key, production, init: producerInit }))
    const node: Node = new Node(wrap?.(components) ?? components, init, {
      createProducer: begin,
      ...(createGossip === undefined ? {} : { createGossip })
    })
    return node
  }
}

/** What its node takes for a producer. */
class Mischief implements Production {
  readonly #begin: () => () => void
  #end: (() => void) | undefined

  constructor(begin: () => () => void) {
    this.#begin = begin
  }

  get running(): boolean {
    return this.#end !== undefined
  }

  start(): void {
    this.#end ??= this.#begin()
  }

  stop(): void {
    this.#end?.()
    this.#end = undefined
  }
}
