// What the log, the faults and the answer need to know of a request, whichever service it is for.
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
  /** '' when it is about no single model. */
  readonly modelId: string;
  /** Throws Refused when it may not be answered; counts against the quota. */
  admit(): Admitted;
}

/** A service of the cloud that the sandbox plays. */
export interface Service {
  readonly product: AnswerOrigin['product'];
  /** Never throws: a request that nothing can be made of is refused when it asks to be admitted. */
  question(request: ReceivedRequest): Question;
}
