/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The address of GraphQL. */
  readonly VITE_GRAPHQL_URL: string;
}
