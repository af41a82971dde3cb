// Defaults of recording traces.

const KIB = 1024

export const traceDefaults = {
  /**
   * Records are encoded into chunks of this size; full ones go to the compressor. It holds the longest record, which
   * lists the transactions of a block of the largest size. Larger: more memory per node. Smaller: such a list is cut.
   */
  chunkBytes: 512 * KIB,
  /**
   * Chunks of one file that may wait for the compressor and the disk. At the limit further events are dropped and
   * counted: a slow disk must never hold up a node. Larger: more memory before that. Smaller: bursts are lost.
   */
  chunksMax: 8,
  /** The same for the one file of a simulation, whose time can wait for the disk. */
  simulationChunksMax: 32,
  /**
   * ms after which what was recorded is on its way to the disk, so that the file of a node that is killed lacks no
   * more than that. Smaller: worse compression, more writes. Larger: more is lost.
   */
  flushMs: 1_000,
  /** 0 to 9. Level 1 takes a tenth of the CPU of level 6 and makes files a quarter larger. */
  gzipLevel: 1,
  /** Peer ids kept as bytes; at the limit all are forgotten and made again. */
  peersMax: 65_536,
  /** Blocks whose transactions are known to be listed in a file already; at the limit all are listed once more. */
  listedBlocksMax: 4_096,
  /** Bytes of one record that a reader takes; above the chunk, so that more is damage. */
  recordBytesMax: 1024 * KIB
} as const
