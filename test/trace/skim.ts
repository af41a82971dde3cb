// Protobuf read by field numbers alone, as any other implementation would: nothing of the project's is used.

export type Field = { readonly number: number; readonly wireType: number; readonly value: bigint | Buffer }

/** The fields of a message, in order. Throws on what is no protobuf. */
export function skim(message: Buffer): Field[] {
  const fields: Field[] = []
  for (let at = 0; at < message.length; ) {
    const tag = varint(message, at)
    const wireType = Number(tag.value & 7n)
    const first = varint(message, tag.end)
    at = first.end
    let value: bigint | Buffer = first.value
    if (wireType === 2) {
      at += Number(first.value)
      if (at > message.length) throw new RangeError('a field beyond its message')
      value = message.subarray(first.end, at)
    } else if (wireType !== 0) throw new RangeError(`wire type ${wireType}`)
    fields.push({ number: Number(tag.value >> 3n), wireType, value })
  }
  return fields
}

/** Messages that stand after their lengths. */
export function split(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varint(bytes, at)
    at = end + Number(value)
    found.push(bytes.subarray(end, at))
  }
  return found
}

function varint(bytes: Buffer, start: number): { value: bigint; end: number } {
  let value = 0n
  for (let at = start, shift = 0n; ; at++, shift += 7n) {
    const byte = bytes[at]
    if (byte === undefined) throw new RangeError('a number beyond its message')
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return { value, end: at + 1 }
  }
}
