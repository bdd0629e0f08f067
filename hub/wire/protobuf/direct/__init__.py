"""From messages to values of plain dataclasses, with no document in between.

For each type a function is written in Python and compiled, as ``dataclasses`` does it for
``__init__``: to get at the members of the runtime's messages is most of the work, and loops over
what a type has would double it. What does not fit is read through the document, and what is said
there counts. (Writing gains nothing: the runtime takes a document's tree at once.)
"""
