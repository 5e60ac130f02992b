/** The packages that dist/ imports. Few commands load them, and late: the page has nine megabytes, the others look for files beside their own. */
export const NOT_BUNDLED = ['@alicloud/credentials', '@graphql-yoga/render-graphiql', 'ioredis'];
