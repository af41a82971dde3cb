// A chain in a file: docs/chain-file.md has the bytes. Read as a stream, block by block, each linked to the one before;
// a file that is torn or changed is noticed no later than where it is, and what came before the damage stays usable.
import { createHash } from 'node:crypto'
import { Uint8ArrayList } from 'uint8arraylist'
import {
  BLOCK_EMPTY_BYTES,
  BLOCK_MAX_BYTES,
  bufferOf,
  decodeSealedHeader,
  fromHex,
  type Hex,
  SEALED_HEADER_BYTES,
  type SealedHeader,
  toHex,
  WireError
} from '../wire/index.ts'
import { toldApart } from './errors.ts'

export type ChainFileErrorCode =
  | 'not-a-chain-file'
  /** Of a format that this version does not read. */
  | 'wrong-version'
  | 'wrong-network'
  /** It ends before its end. */
  | 'torn'
  /** Its bytes are not those that were written. */
  | 'corrupt'
  /** It is there already. */
  | 'file-exists'

/** The message is one sentence for the person who has the file. */
export class ChainFileError extends Error {
  readonly code: ChainFileErrorCode
  constructor(code: ChainFileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ChainFileError'
    this.code = code
  }
}

/** As PNG's: a byte that is no ASCII, and a line end, so that a transfer as text is noticed. */
const MAGIC = Uint8Array.of(0x89, 0x53, 0x54, 0x52, 0x4c, 0x43, 0x0d, 0x0a)
const VERSION = 1
const PREAMBLE_BYTES = MAGIC.length + 1 + 32 + 4
const CHECKSUM_BYTES = 32

/** What a file says of itself. */
export interface ChainFilePreamble {
  readonly genesis: Hex
  /** Height of the first block. */
  readonly from: number
}

export function encodePreamble({ genesis, from }: ChainFilePreamble): Uint8Array {
  const bytes = Buffer.alloc(PREAMBLE_BYTES)
  bytes.set(MAGIC)
  bytes[MAGIC.length] = VERSION
  bytes.set(fromHex(genesis, 32), MAGIC.length + 1)
  bytes.writeUInt32BE(from, PREAMBLE_BYTES - 4)
  return bytes
}

/** Stands before each block; 0 where the blocks end, and then once more for their count. */
export function encodeLength(length: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}

/** A block of the file: its bytes as they are, its header decoded. Links hold; nothing else has been judged. */
export interface ChainFileBlock {
  readonly header: SealedHeader
  readonly bytes: Uint8Array
}

/** Reads `source`, the bytes of a file in any pieces. Memory is bounded by one block and one piece. */
export class ChainFileReader {
  readonly #bytes: ByteSource
  #from = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#bytes = new ByteSource(source)
  }

  /** Bytes taken so far. */
  get bytesRead(): number {
    return this.#bytes.taken
  }

  /** The first thing to read. Rejects with `ChainFileError`; `wrong-network` when the genesis is not `expected`. */
  async preamble(expected: Hex): Promise<ChainFilePreamble> {
    const bytes = await this.#bytes.take(PREAMBLE_BYTES).catch(foreignIfTorn)
    if (Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0) {
      throw foreign()
    }
    const version = bytes[MAGIC.length]
    if (version !== VERSION) {
      throw new ChainFileError('wrong-version', `The file has format ${version}, this version reads ${VERSION}.`)
    }
    const genesis = toHex(bytes.subarray(MAGIC.length + 1, PREAMBLE_BYTES - 4))
    if (genesis !== expected) {
      const [theirs, ours] = toldApart(genesis, expected)
      throw new ChainFileError('wrong-network', `The file holds the chain of network ${theirs}, this one is ${ours}.`)
    }
    this.#from = bufferOf(bytes).readUInt32BE(PREAMBLE_BYTES - 4)
    return { genesis, from: this.#from }
  }

  /** Every block, in order. Throws `ChainFileError` (`torn`, `corrupt`) where the damage is. */
  async *blocks(): AsyncGenerator<ChainFileBlock> {
    let count = 0
    let parent: Hex | undefined
    for (;;) {
      const height = this.#from + count
      const length = bufferOf(await this.#bytes.take(4)).readUInt32BE(0)
      if (length === 0) break
      if (length < BLOCK_EMPTY_BYTES || length > BLOCK_MAX_BYTES) throw damaged(`block ${height} can't be that long`)
      const bytes = await this.#bytes.take(length)
      const header = headerOf(bytes, height)
      if (header.height !== height || (parent !== undefined && header.parent !== parent)) {
        throw damaged(`block ${height} does not follow the one before it`)
      }
      parent = header.hash
      count++
      yield { header, bytes }
    }
    if (bufferOf(await this.#bytes.take(4)).readUInt32BE(0) !== count) throw damaged('it counts its blocks otherwise')
    const digest = this.#bytes.digest()
    if (Buffer.compare(await this.#bytes.take(CHECKSUM_BYTES), digest) !== 0) throw damaged('its checksum differs')
    if (await this.#bytes.hasMore()) throw damaged('it goes on after its end')
  }
}

function foreign(): ChainFileError {
  return new ChainFileError('not-a-chain-file', 'The file is not one that `starling chain export` wrote.')
}

/** Too short even for a preamble. */
function foreignIfTorn(error: unknown): never {
  throw error instanceof ChainFileError ? foreign() : error
}

function headerOf(bytes: Uint8Array, height: number): SealedHeader {
  try {
    return decodeSealedHeader(bytes.subarray(0, SEALED_HEADER_BYTES))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw damaged(`block ${height} has no readable header`, error)
  }
}

/** Also for what only a closer look at a block finds. */
export function damaged(what: string, cause?: unknown): ChainFileError {
  return new ChainFileError('corrupt', `The file is damaged: ${what}.`, cause === undefined ? undefined : { cause })
}

/** A stream of pieces as so many bytes at a time, hashed as they are taken. */
class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #held = new Uint8ArrayList()
  readonly #hash = createHash('sha256')
  taken = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Uint8Array> {
    while (this.#held.byteLength < count) {
      if (!(await this.#more())) {
        throw new ChainFileError('torn', 'The file ends in the middle: it was not written or copied to its end.')
      }
    }
    // A copy: pieces are reused or much larger.
    const bytes = this.#held.slice(0, count)
    this.#held.consume(count)
    this.#hash.update(bytes)
    this.taken += count
    return bytes
  }

  /** Of all that was taken. */
  digest(): Uint8Array {
    return this.#hash.copy().digest()
  }

  async hasMore(): Promise<boolean> {
    while (this.#held.byteLength === 0) if (!(await this.#more())) return false
    return true
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#pieces.next()
    if (done === true) return false
    this.#held.append(value)
    return true
  }
}
