"""The API lane: requests that pass stock Django's middleware by, and what they keep of it.

Each stock middleware costs thread hops on every request. Here :class:`~.envelope.Envelope` gives
what all answers need (request id, host check, size limit, security headers) in plain ASGI, and
:class:`~.handler.LeanHandler` runs Django views: async ones on the event loop without any hop,
sync ones in one thread that keeps its database connection.
"""
