// Names of nodes: n1, n2, … in the order of the list.
import { z } from 'zod'

export const nodeName = z.string().regex(/^n[1-9]\d*$/, 'must be the name of a node, such as n3')

export function nodeNames(nodes: number): string[] {
  return Array.from({ length: nodes }, (_, i) => `n${i + 1}`)
}
