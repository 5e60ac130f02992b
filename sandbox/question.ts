// The facts about a request that the log, the faults and the answer need, for either service.
import type { AnswerOrigin } from './answers.js';
import type { ReceivedRequest } from './signature/canonical.js';
import type { JsonObject } from './wire.js';

/** A request that is entitled to an answer. The bodies come without RequestId. */
export interface Admitted {
  readonly body: () => JsonObject;
  /** The answer to the same question about another model. */
  readonly otherBody: () => JsonObject;
}

export interface Question {
  readonly operation: string;
  /** '' when the request is not about a single model. */
  readonly modelId: string;
  /** Throws Refused when the request may not be answered; counts against the quota. */
  admit(): Admitted;
}

/** A service of the cloud that the sandbox imitates. */
export interface Service {
  readonly product: AnswerOrigin['product'];
  /** Never throws: a request that cannot be interpreted is refused by `admit`. */
  question(request: ReceivedRequest): Question;
}
