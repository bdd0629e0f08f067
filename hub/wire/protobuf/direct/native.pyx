# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Messages of plain dataclasses as bytes and back, without the runtime in between.

It takes only what it is sure of: whatever else there is raises :class:`Unfit`, and the runtime has
the word. Nothing is read beyond ``end``, nothing is written beyond what was allocated.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyObject_GetAttr
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_DecodeUTF8
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memmove

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    long long PyLong_AsLongLongAndOverflow(object number, int* overflow) except? -1

DATACLASS, ARGUMENTS, WRAPPER = range(3)
INT64, DOUBLE, STRING, BOOL, MESSAGE = range(5)

cdef enum:
    _DATACLASS = 0
    _ARGUMENTS = 1
    _INT64 = 0
    _DOUBLE = 1
    _STRING = 2
    _BOOL = 3
    _HIGHEST = 1000  # number of a field
    _DEEPEST = 100  # messages within messages; the runtime's own limit
    _VARINT = 0
    _EIGHT = 1
    _LENGTH = 2

cdef object _ABSENT = object()


class Unfit(Exception):
    """The value or the body needs the runtime."""


cdef class _Member:
    cdef object name, default
    cdef Message within
    cdef int number, kind, place
    cdef bint many, null, required
    cdef uint8_t tag[4]
    cdef int tag_size


cdef class Message:
    """How a message is read and written. ``made_of`` is the dataclass, where it is one."""

    cdef object made_of
    cdef int form
    cdef bint has_list
    cdef list members, by_number, blank

    def __init__(self, int form, made_of=None):
        self.form = form
        self.made_of = made_of
        self.members = []
        self.by_number = []
        self.blank = []

    def add(self, str name, int number, int kind, Message within=None, *,
            bint many, bint null, bint required, default=None):
        """A member, of any order. ``default`` makes the value of one that is not required."""
        if not 0 < number <= _HIGHEST or (kind == 4) != (within is not None):
            raise ValueError(name)
        cdef _Member member = _Member()
        member.name, member.number, member.kind, member.within = name, number, kind, within
        member.many, member.null, member.required = many, null, required
        member.default = default
        member.place = len(self.members)
        cdef int wire = _LENGTH if many or kind in (2, 4) else _EIGHT if kind == 1 else _VARINT
        member.tag_size = _put_varint(member.tag, <uint64_t> (number << 3 | wire))
        self.has_list = self.has_list or many
        self.members.append(member)
        self.blank.append(_ABSENT)
        self.by_number.extend([None] * (number + 1 - len(self.by_number)))
        self.by_number[number] = member

    def read(self, bytes body not None, int depth):
        """The value of a body whose document may have so many levels. Raises :class:`Unfit`."""
        cdef const uint8_t* at = body
        return _read(self, at, at + len(body), min(depth, _DEEPEST))

    def write(self, value):
        """Raises :class:`Unfit`, or what the value's own code raises."""
        cdef _Buffer out = _Buffer()
        _write(self, value, out, _DEEPEST)
        return out.data[:out.size]


# ---------------------------------------------------------------------------------- reading

cdef uint64_t _varint(const uint8_t** at, const uint8_t* end) except? 0xFFFFFFFFFFFFFFFF:
    cdef uint64_t number = 0
    cdef int shift = 0
    cdef uint8_t byte
    while at[0] < end and shift < 64:
        byte = at[0][0]
        at[0] += 1
        if shift == 63 and byte > 1:
            break
        number |= <uint64_t> (byte & 0x7F) << shift
        if byte < 0x80:
            return number
        shift += 7
    raise Unfit


cdef Py_ssize_t _length(const uint8_t** at, const uint8_t* end) except -1:
    """Of what follows, all of which is there."""
    cdef uint64_t size = _varint(at, end)
    if size > <uint64_t> (end - at[0]):
        raise Unfit
    return <Py_ssize_t> size


cdef object _double(const uint8_t** at, const uint8_t* end):
    cdef double number
    if end - at[0] < 8:
        raise Unfit
    memcpy(&number, at[0], 8)  # both are little-endian: see the module that asks for this one
    at[0] += 8
    if not isfinite(number):
        raise Unfit
    return number


cdef object _text(const uint8_t** at, const uint8_t* end):
    cdef Py_ssize_t size = _length(at, end)
    cdef const char* begin = <const char*> at[0]
    at[0] += size
    return PyUnicode_DecodeUTF8(begin, size, NULL)


cdef object _number(int kind, const uint8_t** at, const uint8_t* end):
    """Of an INT64 or BOOL."""
    cdef uint64_t number = _varint(at, end)
    if kind == _INT64:
        return <int64_t> number
    if number > 1:
        raise Unfit
    return number == 1


cdef object _one(_Member member, int wire, const uint8_t** at, const uint8_t* end, int left):
    cdef Py_ssize_t size
    cdef const uint8_t* begin
    if member.kind == _INT64 or member.kind == _BOOL:
        if wire == _VARINT:
            return _number(member.kind, at, end)
    elif member.kind == _DOUBLE:
        if wire == _EIGHT:
            return _double(at, end)
    elif wire == _LENGTH:
        if member.kind == _STRING:
            return _text(at, end)
        size = _length(at, end)
        begin = at[0]
        at[0] += size
        return _read(member.within, begin, at[0], left)
    raise Unfit


cdef int _many(_Member member, list found, const uint8_t** at, const uint8_t* end, int left) except -1:
    """More of a list: one text or message, or all the numbers of a packed run."""
    cdef const uint8_t* until
    if member.kind != _INT64 and member.kind != _BOOL and member.kind != _DOUBLE:
        found.append(_one(member, _LENGTH, at, end, left - 1))
        return 0
    until = at[0]
    cdef Py_ssize_t size = _length(at, end)
    until = at[0] + size
    while at[0] < until:
        if member.kind == _DOUBLE:
            found.append(_double(at, until))
        else:
            found.append(_number(member.kind, at, until))
    return 0


cdef object _read(Message plan, const uint8_t* at, const uint8_t* end, int left):
    cdef list values = plan.blank[:]
    cdef _Member member
    cdef uint64_t tag
    cdef object value
    if plan.form == 2:
        if plan.has_list and left <= 0:
            raise Unfit
    else:
        left -= 1
        if left < (1 if plan.has_list else 0):
            raise Unfit
    while at < end:
        tag = _varint(&at, end)
        if tag >> 3 >= <uint64_t> len(plan.by_number):
            raise Unfit
        found = plan.by_number[<Py_ssize_t> (tag >> 3)]
        if found is None:
            raise Unfit
        member = <_Member> found
        value = values[member.place]
        if member.many:
            if tag & 7 != _LENGTH:
                raise Unfit
            if value is _ABSENT:
                value = values[member.place] = []
            _many(member, <list> value, &at, end, left)
        elif value is _ABSENT:
            values[member.place] = _one(member, tag & 7, &at, end, left)
        else:
            raise Unfit  # the later counts, or both do
    return _made(plan, values)


cdef object _made(Message plan, list values):
    cdef _Member member
    cdef object value, made
    if plan.form == _DATACLASS:
        made = object.__new__(plan.made_of)
        for member in plan.members:
            value = values[member.place]
            PyObject_GenericSetAttr(
                made, member.name, _absent(member) if value is _ABSENT else value)
        return made
    if plan.form == _ARGUMENTS:
        return _arguments(plan, values)
    value = values[0]
    return _absent(plan.members[0]) if value is _ABSENT else value


cdef dict _arguments(Message plan, list values):
    """Those that were sent, and lists and what may be null."""
    cdef _Member member
    cdef dict made = {}
    for member in plan.members:
        value = values[member.place]
        if value is not _ABSENT:
            made[member.name] = value
        elif member.many:
            made[member.name] = []
        elif member.null:
            made[member.name] = None
        elif member.required:
            raise Unfit
    return made


cdef object _absent(_Member member):
    """The value where nothing was sent."""
    if member.many:
        return []
    if not member.required:
        return member.default()
    if member.null:
        return None
    raise Unfit


# ---------------------------------------------------------------------------------- writing

cdef class _Buffer:
    cdef uint8_t* data
    cdef Py_ssize_t size, room

    def __cinit__(self):
        self.room = 512
        self.data = <uint8_t*> PyMem_Malloc(self.room)
        if self.data == NULL:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.data)

    cdef int need(self, Py_ssize_t more) except -1:
        cdef uint8_t* data
        cdef Py_ssize_t room = self.room
        if self.size + more > room:
            while room < self.size + more:
                room *= 2
            data = <uint8_t*> PyMem_Realloc(self.data, room)
            if data == NULL:
                raise MemoryError
            self.data, self.room = data, room
        return 0

    cdef int put(self, const void* content, Py_ssize_t size) except -1:
        self.need(size)
        memcpy(self.data + self.size, content, size)
        self.size += size
        return 0

    cdef int put_number(self, uint64_t number) except -1:
        self.need(10)
        self.size += _put_varint(self.data + self.size, number)
        return 0

    cdef int close(self, Py_ssize_t begin) except -1:
        """Put the length of what was written since ``begin`` in front of it."""
        cdef uint8_t length[10]
        cdef Py_ssize_t size = self.size - begin
        cdef int width = _put_varint(length, <uint64_t> size)
        self.need(width)
        memmove(self.data + begin + width, self.data + begin, size)
        memcpy(self.data + begin, length, width)
        self.size += width
        return 0


cdef int _put_varint(uint8_t* where, uint64_t number) noexcept:
    cdef int size = 0
    while number >= 0x80:
        where[size] = <uint8_t> (number | 0x80)
        number >>= 7
        size += 1
    where[size] = <uint8_t> number
    return size + 1


cdef int _write(Message plan, object value, _Buffer out, int left) except -1:
    cdef _Member member
    cdef Py_ssize_t known = 0
    cdef PyObject* found
    if left < 0:
        raise Unfit
    if plan.form == _DATACLASS:
        if type(value) is not plan.made_of:
            raise Unfit
        for member in plan.members:
            _write_member(member, PyObject_GetAttr(value, member.name), out, left)
    elif plan.form == _ARGUMENTS:
        if type(value) is not dict:
            raise Unfit
        for member in plan.members:
            found = PyDict_GetItem(value, member.name)
            if found != NULL:
                known += 1
                _write_member(member, <object> found, out, left)
            elif member.required:
                raise Unfit
        if known != len(<dict> value):
            raise Unfit
    else:
        _write_member(<_Member> plan.members[0], value, out, left)
    return 0


cdef int _write_member(_Member member, object value, _Buffer out, int left) except -1:
    cdef Py_ssize_t begin
    cdef object item
    if member.many:
        if type(value) is not list:
            raise Unfit
        if member.kind == _STRING or member.within is not None:
            for item in <list> value:
                out.put(member.tag, member.tag_size)
                _write_one(member, item, out, left)
        elif (<list> value):
            out.put(member.tag, member.tag_size)
            begin = out.size
            for item in <list> value:
                _write_one(member, item, out, left)
            out.close(begin)
    elif value is None:
        if not member.null:
            raise Unfit
    else:
        out.put(member.tag, member.tag_size)
        _write_one(member, value, out, left)
    return 0


cdef int _write_one(_Member member, object value, _Buffer out, int left) except -1:
    cdef double number
    cdef const char* text
    cdef Py_ssize_t size
    cdef long long integer
    cdef int overflow = 0
    if member.kind == _STRING:
        if not PyUnicode_CheckExact(value):
            raise Unfit
        text = PyUnicode_AsUTF8AndSize(value, &size)
        out.put_number(<uint64_t> size)
        out.put(text, size)
    elif member.kind == _INT64:
        if not PyLong_CheckExact(value):
            raise Unfit
        integer = PyLong_AsLongLongAndOverflow(value, &overflow)
        if overflow:
            raise Unfit
        out.put_number(<uint64_t> integer)
    elif member.kind == _DOUBLE:
        if not PyFloat_CheckExact(value):
            raise Unfit
        number = PyFloat_AS_DOUBLE(value)
        if not isfinite(number):
            raise Unfit
        out.put(&number, 8)
    elif member.kind == _BOOL:
        if value is not True and value is not False:
            raise Unfit
        out.put_number(1 if value is True else 0)
    else:
        size = out.size
        _write(member.within, value, out, left - 1)
        out.close(size)
    return 0
