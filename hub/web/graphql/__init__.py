"""GraphQL at ``/graphql``: actions, plugins' graphene types and the registry in one schema."""
