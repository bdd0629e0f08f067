"""From values of plain dataclasses to messages and back, with no document in between.

``members`` says of what a type's values are made. ``native`` reads and writes them in machine code,
where that could be built. Where not, ``compiling`` writes a function in Python for each type that
is read, as ``dataclasses`` does it for ``__init__``: to get at the members of the runtime's
messages is most of the work, and loops over what a type has would double it. (Writing in Python
gains nothing: the runtime takes a document's tree at once.) What does not fit is left to the
document, and what is said there counts.
"""
