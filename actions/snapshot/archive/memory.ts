/**
 * Memory that is given back early. V8 lets 64 MB of used buffers pile up before it looks for garbage, and lets its space
 * for young objects grow to as much again: together nearly all of the memory that a snapshot may take.
 */

/** Bytes of each buffer that such a stream allocates, for one or several pieces of output. */
const CHUNK = 1024 * 1024

/** The stream's options. As objects the pieces arrive one by one; otherwise Node joins those that wait in a new buffer. */
export const OUTPUT = { chunkSize: CHUNK, readableObjectMode: true, readableHighWaterMark: 4 }

/** What such a stream puts out. Each piece is gone when the next one is asked for. */
export async function* pieces(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of stream) {
    yield piece
    release(piece)
  }
}

/** Gives the memory back at once, when nothing else can be in it: for a piece that was allocated for its reader alone. */
export function release({ buffer, byteOffset, length }: Buffer): void {
  const isWhole = byteOffset === 0 && length === buffer.byteLength
  // zlib goes on in the same buffer up to its end. Of another size it would be, say, Node's pool, which others use too.
  const isLast = buffer.byteLength === CHUNK && byteOffset + length === CHUNK
  if (buffer instanceof ArrayBuffer && (isWhole || isLast)) buffer.transfer(0)
}
