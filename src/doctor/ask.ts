// Asks PAI one question with one attempt, and notes the time. Neither retries nor judges.
import { AppError } from '../domain/errors.js';
import type { UpstreamOperation } from '../domain/events.js';
import type { JsonObject } from '../domain/model.js';
import { type Answer, readAnswer } from '../pai/answer.js';
import { isPageOf } from '../pai/decode/page.js';
import { modelListQuery, versionListQuery } from '../pai/list-query.js';
import {
  getModelRequest,
  getModelVersionRequest,
  listPageRequest,
  type PaiRequest,
} from '../pai/request.js';
import type { Transport } from '../pai/transport.js';
import type { WholeResponse } from '../pai/whole-response.js';
import type { Moment } from './clock.js';

export interface Question {
  readonly request: PaiRequest;
  readonly isAnswer: (body: JsonObject) => boolean;
}

export interface Asked extends Moment {
  readonly operation: UpstreamOperation;
  readonly answer: Answer;
}

export type Ask = (question: Question) => Promise<Asked>;

export function createAsk(transport: Transport, now: () => number): Ask {
  return async ({ request, isAnswer }) => {
    const startedAt = now();
    // The transport has its own time limit.
    const response = await transport
      .send(request, { signal: new AbortController().signal })
      .catch(asAppError);
    const endedAt = now();
    const { operation } = request;
    if (response instanceof AppError) {
      return { operation, startedAt, endedAt, date: undefined, answer: response };
    }
    const answer = readAnswer(response, isAnswer);
    return { operation, startedAt, endedAt, date: dateOf(response), answer };
  };
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function dateOf({ headers: { date } }: WholeResponse): string | undefined {
  return typeof date === 'string' ? date : undefined;
}

/** The size that PAI's own SDK asks for: many items show more of the contract than few. */
const PAGE_SIZE = 50;

export function modelsQuestion(pageSizeMax: number): Question {
  const page = { number: 1, size: Math.min(PAGE_SIZE, pageSizeMax) };
  return {
    request: listPageRequest(modelListQuery(), page),
    isAnswer: (body) => isPageOf('Models', body),
  };
}

export function modelQuestion(id: string): Question {
  return { request: getModelRequest(id), isAnswer: (body) => body.ModelId === id };
}

export function versionsQuestion(modelId: string, pageSizeMax: number): Question {
  const page = { number: 1, size: Math.min(PAGE_SIZE, pageSizeMax) };
  return {
    request: listPageRequest(versionListQuery(modelId), page),
    isAnswer: (body) => isPageOf('Versions', body),
  };
}

export function versionQuestion(modelId: string, name: string): Question {
  return {
    request: getModelVersionRequest(modelId, name),
    isAnswer: (body) => body.VersionName === name,
  };
}
