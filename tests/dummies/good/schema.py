import graphene


class Article(graphene.ObjectType):
    """A type that clashing_type has as well."""

    title = graphene.String()
    printed = graphene.DateTime()


class Query(graphene.ObjectType):
    article = graphene.Field(Article)
