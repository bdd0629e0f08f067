from ninja import Router

router = Router()

raise RuntimeError("the api is broken on purpose")
