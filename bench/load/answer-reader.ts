// Reads the answers on one connection, which come in pieces: just enough of HTTP for servers that send Content-Length.
const HEAD_END = Buffer.from('\r\n\r\n');
const OK = 'HTTP/1.1 200';
const LENGTH = /content-length: *(\d+)/i;
/** One answer in this many is searched for errors. */
const LOOK_EVERY = 64;
const ERRORS = Buffer.from('"errors":');

/** Reads the answers of one connection; reports when one is whole. Throws for an answer that is not a plain 200. */
export function createAnswerReader(onWhole: () => void): (chunk: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  let missing = 0;
  let answers = 0;
  return function read(chunk) {
    if (missing > 0) {
      missing -= chunk.length;
      if (missing < 0) throw new Error('An answer was longer than it said.');
      if (missing === 0) onWhole();
      return;
    }
    const bytes = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) {
      head = Buffer.from(bytes);
      return;
    }
    head = Buffer.alloc(0);
    const text = bytes.toString('latin1', 0, end);
    const length = LENGTH.exec(text)?.[1];
    if (!text.startsWith(OK) || length === undefined) {
      throw new Error(`Not a plain answer: ${bytes.toString('utf8').slice(0, 1000)}`);
    }
    answers += 1;
    if (answers % LOOK_EVERY === 1 && bytes.includes(ERRORS)) {
      throw new Error(`An answer has errors: ${bytes.toString('utf8').slice(0, 1000)}`);
    }
    missing = Number(length) - (bytes.length - end - HEAD_END.length);
    if (missing < 0) throw new Error('An answer was longer than it said.');
    if (missing === 0) onWhole();
  };
}
