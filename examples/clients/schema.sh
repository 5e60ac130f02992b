curl -sf http://127.0.0.1:4000/schema.graphql -o schema.graphql
