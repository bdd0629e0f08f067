from django.http import HttpRequest
from ninja import Router

router = Router()


@router.get("/things/{int:number}")
def thing(request: HttpRequest, number: int) -> int:
    return number
