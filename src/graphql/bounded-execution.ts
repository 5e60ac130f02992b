// Bounds what graphql-js does for one operation: every field counts towards the size of the response, and long
// responses are built in turns. graphql-js itself builds a response of any size in one go.
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isIntrospectionType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { stringifyExactly } from '../lib/json.js';
import type { Context } from './context.js';
import type { Turns } from './turns.js';

/** Quotes, colon and comma of a field; brackets and commas of a list and its items. */
const FIELD_BYTES = 4;
const ITEM_BYTES = 3;
/** Bytes of an error beside its path: making and formatting it takes as long as some kilobytes of fields. */
const ERROR_BYTES = 4096;
/** Items that continue together once the turn is over: each may have fifty lists below. */
const ITEMS_PER_TURN = 8;

/** Replaces the resolvers of the schema. */
export function boundExecution(schema: GraphQLSchema, turns: Turns): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // The introspection types are shared by all schemas of the process.
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) field.resolve = bounded(field, turns);
  }
  // graphql-js calls it just before the fields of an object: a batch settles a thousand entities at once.
  for (const type of entityTypes(schema)) {
    type.isTypeOf = (_, context: Context) =>
      turns.isOver() ? nextTurn(context, turns).then(() => true) : true;
  }
}

function entityTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const entity = schema.getType('_Entity');
  return isUnionType(entity) ? entity.getTypes() : [];
}

type Resolve = NonNullable<GraphQLField<unknown, Context>['resolve']>;

function bounded(field: GraphQLField<unknown, Context>, turns: Turns): Resolve {
  const resolve = field.resolve ?? defaultFieldResolver;
  const complete = completionFor(field.type, turns);
  const cut = cutFor(field.type);

  return (source, args, context, info) => {
    const { size } = context;
    if (cut !== undefined && size.failure !== null) return cut;
    const fail = (error: unknown): never => {
      size.add(ERROR_BYTES + pathBytes(info.path));
      throw error;
    };
    size.add(info.path.key.toString().length + FIELD_BYTES);
    try {
      const value: unknown = resolve(source, args, context, info);
      // An error as a value fails its field, as graphql-js does it.
      if (value instanceof Error) return fail(value);
      if (!isPromise(value)) return complete(value, context);
      return value.then((found) => complete(found, context), fail);
    } catch (error) {
      return fail(error);
    }
  };
}

/**
 * The value of a field once the response has failed: it is thrown away, and only has to end the work below.
 * undefined: the field must have a value, and goes on.
 */
function cutFor(type: GraphQLOutputType): null | [] | undefined {
  if (!isNonNullType(type)) return null;
  return isListType(type.ofType) ? [] : undefined;
}

type Complete = (value: unknown, context: Context) => unknown;

function completionFor(type: GraphQLOutputType, turns: Turns): Complete {
  if (isNonNullType(type)) return completionFor(type.ofType, turns);
  if (isLeafType(type)) {
    return (value, { size }) => {
      size.add(jsonBytes(value));
      return value;
    };
  }
  if (isListType(type)) {
    const isOfLeaves = isLeafType(isNonNullType(type.ofType) ? type.ofType.ofType : type.ofType);
    return (value, context) => {
      if (!Array.isArray(value)) return value;
      if (!isOfLeaves)
        return completeWhenDue(value, context, turns, () => yieldInTurns(value, context, turns));
      context.size.add(jsonBytes(value));
      return value;
    };
  }
  return (value, context) => {
    if (value === null || value === undefined) return value;
    return completeWhenDue([], context, turns, () => value);
  };
}

function completeWhenDue(
  items: readonly unknown[],
  context: Context,
  turns: Turns,
  complete: () => unknown,
): unknown {
  if (!turns.isOver()) return complete();
  handleRejections(items);
  return nextTurn(context, turns).then(complete);
}

/** An iterable, since graphql-js asks it for each item just before it completes that item. */
function* yieldInTurns(
  items: readonly unknown[],
  context: Context,
  turns: Turns,
): Generator<unknown> {
  let turn: Promise<void> | null = null;
  for (const [index, item] of items.entries()) {
    if (context.size.failure !== null) return handleRejections(items.slice(index));
    context.size.add(ITEM_BYTES);
    if (turn === null && !turns.isOver()) {
      yield item;
      continue;
    }
    if (turn === null || index % ITEMS_PER_TURN === 0) turn = turnAfter(turn, context, turns);
    yield itemAfter(item, turn, context);
  }
}

function itemAfter(item: unknown, turn: Promise<void>, { size }: Context): Promise<unknown> {
  handleRejections([item]);
  size.addWaiting();
  return turn.then(() => {
    size.removeWaiting();
    return item;
  });
}

/** A rejection that comes before the turn of its item would end the process as an unhandled rejection. */
export function handleRejections(items: readonly unknown[]): void {
  for (const item of items) if (isPromise(item)) item.catch(() => {});
}

async function turnAfter(
  turn: Promise<void> | null,
  context: Context,
  turns: Turns,
): Promise<void> {
  await turn;
  await nextTurn(context, turns);
}

async function nextTurn({ size }: Context, turns: Turns): Promise<void> {
  // An operation that has failed only ends, which does not need a turn.
  if (size.failure === null) await turns.next(size);
}

function jsonBytes(value: unknown): number {
  const text = stringifyExactly(value);
  return text === undefined ? 0 : Buffer.byteLength(text);
}

function pathBytes(path: GraphQLResolveInfo['path'] | undefined): number {
  let bytes = 0;
  for (let step = path; step !== undefined; step = step.prev) bytes += String(step.key).length + 1;
  return bytes;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
