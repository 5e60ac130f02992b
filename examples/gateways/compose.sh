curl -sf http://127.0.0.1:4000/subgraph.graphql -o models.graphql
node gateways/compose.mjs models=http://127.0.0.1:4000/graphql reviews=http://127.0.0.1:4001/graphql
