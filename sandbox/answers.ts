// The sandbox's answers, good or refused, as values; sends nothing itself.
import type { JsonObject } from './wire.js';

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown wherever a request cannot be served; becomes PAI's error body. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The origin of an answer; an error body repeats the request id and the host. */
export interface AnswerOrigin {
  readonly requestId: string;
  readonly hostId: string;
  readonly product: Product;
}

export type Product = 'AIWorkSpace' | 'Sts';

export function refusalAnswer(refused: Refused, origin: AnswerOrigin): Answer {
  const { status, code, message, headers } = refused;
  const { requestId, hostId, product } = origin;
  const search = new URLSearchParams({ q: code, product, requestId });
  const recommend = `https://api.aliyun.com/troubleshoot?${search}`;
  const body = {
    RequestId: requestId,
    HostId: hostId,
    Code: code,
    Message: message,
    Recommend: recommend,
  };
  return { status, body, headers };
}

/** Runs the work and turns a refusal into its answer; any other error is a defect and is thrown on. */
export function answerOrRefusal(work: () => Answer, origin: AnswerOrigin): Answer {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof Refused) return refusalAnswer(problem, origin);
    throw problem;
  }
}
