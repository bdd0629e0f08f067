"""Values of plain dataclasses in machine code: Protobuf and MessagePack, read and written.

``native`` is compiled where there is a C compiler (``hatch_build.py``), and not needed: what uses
it does the same without, slower. Who may use it for a type, and how, is known to
:mod:`hub.wire.protobuf.direct` and :mod:`hub.wire.mirrors`.
"""
