import graphene


class Article(graphene.ObjectType):
    """Not the Article of good."""

    number = graphene.Int()
    sold = graphene.DateTime()


class Query(graphene.ObjectType):
    article = graphene.Field(Article)
