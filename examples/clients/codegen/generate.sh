npx graphql-codegen --config clients/codegen/codegen.yml
