// A request that passes on its body piece by piece as the parser gives it, without the stream in between.
import { IncomingMessage } from 'node:http';

export interface BodySink {
  take(chunk: Buffer): void;
  /** The body is complete. */
  end(): void;
  /** The rest will not come. */
  cut(): void;
}

/**
 * Node's parser pushes each piece into the request, which is a stream. Reading the body from the stream by
 * events and a promise takes some turns of the event loop more, and a fifth of an answer from memory.
 */
export class Request extends IncomingMessage {
  #sink: BodySink | null = null;
  /** Set while the request waits for its turn: it gets the number of bytes of the body, and bounds them. */
  onWaitingBytes: ((bytes: number) => void) | null = null;

  /** May be called once, at any time: bytes that came before are passed on first. The stream then gives no more. */
  handBodyTo(sink: BodySink): void {
    const early = this.read() as Buffer | null;
    if (early !== null) sink.take(early);
    if (this.complete) sink.end();
    else if (this.destroyed) sink.cut();
    else this.#sink = sink;
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.#sink === null) return this.#buffer(chunk, encoding);
    if (chunk !== null) {
      this.#sink.take(chunk);
      return true;
    }
    this.#release()?.end();
    super.push(null);
    // The stream ends only when it is read, and until then the connection keeps the request.
    this.read(0);
    return false;
  }

  /** The stream's own limit pauses the socket; for a request that waits, the connection does that instead. */
  #buffer(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const hasRoom = super.push(chunk, encoding);
    if (chunk === null || this.onWaitingBytes === null) return hasRoom;
    this.onWaitingBytes(chunk.length);
    return true;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#release()?.cut();
    super._destroy(error, done);
  }

  #release(): BodySink | null {
    const sink = this.#sink;
    this.#sink = null;
    return sink;
  }
}
