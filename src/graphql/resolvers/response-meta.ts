// What changes while an answer is kept: how old it is.
import type { ResponseMetaResolvers } from '../__generated__/resolvers.js';

export const ResponseMeta = {
  ageSeconds: ({ fetchedMoment }, _, { now }) =>
    fetchedMoment === null ? null : Math.max(0, Math.floor((now() - fetchedMoment) / 1000)),
} satisfies ResponseMetaResolvers;
