"""The peer: FastAPI with the same answers as the hub's greeter. Runs in its own environment."""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel

app = FastAPI()


class Greeting(BaseModel):
    text: str
    language: str


class NumberStats(BaseModel):
    value: int
    even: bool
    digits: int


@app.get("/api/greeter/say-hello")
async def say_hello(name: Annotated[str, Query(max_length=100)]) -> str:
    return f"Hello {name}!"


@app.get("/api/greeter/greetings/{language}")
async def greeting(language: str, name: str = "World") -> Greeting:
    words = {"de": "Hallo", "fr": "Bonjour", "es": "Hola"}
    return Greeting(text=f"{words.get(language, 'Hello')} {name}!", language=language)


@app.get("/api/greeter/number-stats")
def number_stats(value: Annotated[int, Query(ge=-(10**18), le=10**18)]) -> NumberStats:
    return NumberStats(value=value, even=value % 2 == 0, digits=len(str(abs(value))))
