from django.http import HttpRequest
from ninja import Router, Schema

router = Router(tags=["greeter"])


class Greeting(Schema):
    text: str
    language: str


@router.get("/greetings/{language}", response=Greeting, auth=None)
async def greeting(request: HttpRequest, language: str, name: str = "World") -> Greeting:
    """Greet in a language of one's own: a plain django-ninja route."""
    words = {"de": "Hallo", "fr": "Bonjour", "es": "Hola"}
    return Greeting(text=f"{words.get(language, 'Hello')} {name}!", language=language)
