// Names of nodes: n1, n2, … in the order of the list.

export function nodeNames(nodes: number): string[] {
  return Array.from({ length: nodes }, (_, i) => `n${i + 1}`)
}
