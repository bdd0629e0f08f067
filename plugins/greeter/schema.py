import graphene


class Query(graphene.ObjectType):  # type: ignore[misc]
    shout = graphene.String(to=graphene.String(required=True), description="Greet loudly.")

    def resolve_shout(self, info: graphene.ResolveInfo, to: str) -> str:
        return f"HELLO {to.upper()}!"
