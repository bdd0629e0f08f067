"""Has a GraphQL type of the same name as good, but of its own; graphene.DateTime is shared."""
