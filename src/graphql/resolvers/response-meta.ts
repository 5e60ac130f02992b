// What changes while an answer is kept: how old it is.
import type { ResponseMetaResolvers } from '../__generated__/resolvers.js';

export const ResponseMeta = {
  ageSeconds: ({ fetchedAt }, _, { now }) =>
    fetchedAt === null ? null : Math.max(0, Math.floor((now() - Date.parse(fetchedAt)) / 1000)),
} satisfies ResponseMetaResolvers;
