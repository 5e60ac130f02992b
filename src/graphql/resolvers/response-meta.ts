// The part of an answer that changes while the answer is kept: its age.
import type { ResponseMetaResolvers } from '../__generated__/resolvers.js';

export const ResponseMeta = {
  ageSeconds: ({ fetchedMoment }, _, { now }) =>
    fetchedMoment === null ? null : Math.max(0, Math.floor((now() - fetchedMoment) / 1000)),
} satisfies ResponseMetaResolvers;
