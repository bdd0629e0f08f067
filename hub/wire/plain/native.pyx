# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Plain dataclasses as Protobuf or MessagePack and back, with no document in between.

It takes only what it is sure of: whatever else there is raises :class:`Unfit`, and the long way has
the word. Nothing is read beyond ``end``, nothing is written beyond what was allocated.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject, PyObject_GenericSetAttr, PyObject_GetAttr
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_DecodeUTF8
from libc.math cimport isfinite
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove

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
    _MESSAGE = 4
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
    cdef bytes key  # the name as MessagePack
    cdef Py_ssize_t head  # how many bytes of it say how long the name is


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
        cdef _Buffer key = _Buffer()
        _pack_text(name, key)
        member.key = key.data[:key.size]
        member.head = key.size - len(name.encode())
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


    def unpack(self, bytes body not None, int depth):
        """Like :meth:`read`, of MessagePack. Arguments that were not sent are absent."""
        cdef const uint8_t* at = body
        cdef const uint8_t* end = at + len(body)
        value = _unpack(self, &at, end, min(depth, _DEEPEST))
        if at != end:
            raise Unfit
        return value

    def pack(self, value):
        """Like :meth:`write`, as MessagePack."""
        cdef _Buffer out = _Buffer()
        _pack(self, value, out, _DEEPEST)
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


cdef list _values(Message plan, object value):
    """Those of the members, in their order; what was not given is absent."""
    cdef _Member member
    cdef Py_ssize_t known = 0
    cdef PyObject* found
    cdef list values = []
    if plan.form == _DATACLASS:
        if type(value) is not plan.made_of:
            raise Unfit
        for member in plan.members:
            values.append(PyObject_GetAttr(value, member.name))
    elif plan.form == _ARGUMENTS:
        if type(value) is not dict:
            raise Unfit
        for member in plan.members:
            found = PyDict_GetItem(value, member.name)
            if found == NULL and member.required:
                raise Unfit
            known += found != NULL
            values.append(_ABSENT if found == NULL else <object> found)
        if known != len(<dict> value):
            raise Unfit
    else:
        values.append(value)
    return values


cdef long long _integer_of(object value) except? -1:
    cdef int overflow = 0
    if not PyLong_CheckExact(value):
        raise Unfit
    cdef long long number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow:
        raise Unfit
    return number


cdef double _double_of(object value) except? -1:
    if not PyFloat_CheckExact(value) or not isfinite(PyFloat_AS_DOUBLE(value)):
        raise Unfit
    return PyFloat_AS_DOUBLE(value)


cdef const char* _text_of(object value, Py_ssize_t* size) except NULL:
    """Valid as long as the value is."""
    if not PyUnicode_CheckExact(value):
        raise Unfit
    return PyUnicode_AsUTF8AndSize(value, size)


cdef bint _truth_of(object value) except -1:
    if value is not True and value is not False:
        raise Unfit
    return value is True


cdef int _write(Message plan, object value, _Buffer out, int left) except -1:
    cdef _Member member
    if left < 0:
        raise Unfit
    cdef list values = _values(plan, value)
    for member in plan.members:
        if values[member.place] is not _ABSENT:
            _write_member(member, values[member.place], out, left)
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
    if member.kind == _STRING:
        text = _text_of(value, &size)
        out.put_number(<uint64_t> size)
        out.put(text, size)
    elif member.kind == _INT64:
        out.put_number(<uint64_t> _integer_of(value))
    elif member.kind == _DOUBLE:
        number = _double_of(value)
        out.put(&number, 8)
    elif member.kind == _BOOL:
        out.put_number(_truth_of(value))
    else:
        size = out.size
        _write(member.within, value, out, left - 1)
        out.close(size)
    return 0


# ------------------------------------------------------------------------ MessagePack, packing

cdef int _pack_head(_Buffer out, Py_ssize_t size, int small, int fix, int one, int two) except -1:
    """Of a text, list or map: up to ``small`` within the byte ``fix``, else ``one`` (0: there is
    none), ``two`` or the byte after that, for sizes of so many bytes."""
    out.need(5)
    cdef uint8_t* at = out.data + out.size
    if size < small:
        at[0] = <uint8_t> (fix | size)
        out.size += 1
    elif one and size < 0x100:
        at[0], at[1] = <uint8_t> one, <uint8_t> size
        out.size += 2
    elif size < 0x10000:
        at[0] = <uint8_t> two
        out.size += 1 + _big_endian(at + 1, <uint64_t> size, 2)
    elif size <= 0xFFFFFFFF:
        at[0] = <uint8_t> (two + 1)
        out.size += 1 + _big_endian(at + 1, <uint64_t> size, 4)
    else:
        raise Unfit
    return 0


cdef int _big_endian(uint8_t* where, uint64_t number, int width) noexcept:
    cdef int place
    for place in range(width):
        where[place] = <uint8_t> (number >> 8 * (width - 1 - place))
    return width


cdef int _pack_integer(long long number, _Buffer out) except -1:
    """In as few bytes as it takes."""
    cdef int width
    out.need(9)
    cdef uint8_t* at = out.data + out.size
    if -32 <= number < 0x80:
        at[0] = <uint8_t> number
        out.size += 1
        return 0
    if number >= 0:
        width = 1 if number < 0x100 else 2 if number < 0x10000 else 4 if number < 0x100000000 else 8
        at[0] = 0xCC if width == 1 else 0xCD if width == 2 else 0xCE if width == 4 else 0xCF
    else:
        width = (1 if number >= -0x80 else 2 if number >= -0x8000
                 else 4 if number >= -<long long> 0x80000000 else 8)
        at[0] = 0xD0 if width == 1 else 0xD1 if width == 2 else 0xD2 if width == 4 else 0xD3
    out.size += 1 + _big_endian(at + 1, <uint64_t> number, width)
    return 0


cdef int _pack_text(object value, _Buffer out) except -1:
    cdef Py_ssize_t size
    cdef const char* text = _text_of(value, &size)
    _pack_head(out, size, 32, 0xA0, 0xD9, 0xDA)
    out.put(text, size)
    return 0


cdef int _pack(Message plan, object value, _Buffer out, int left) except -1:
    cdef _Member member
    if left < 0:
        raise Unfit
    cdef list values = _values(plan, value)
    cdef Py_ssize_t size = 0
    cdef bint has_names = plan.form == _DATACLASS or plan.form == _ARGUMENTS
    if has_names:
        for one in values:
            size += one is not _ABSENT
        _pack_head(out, size, 16, 0x80, 0, 0xDE)
    for member in plan.members:
        if values[member.place] is _ABSENT:
            continue
        if has_names:
            out.put(<const char*> member.key, len(member.key))
        _pack_member(member, values[member.place], out, left)
    return 0


cdef int _pack_member(_Member member, object value, _Buffer out, int left) except -1:
    cdef object item
    cdef Py_ssize_t size
    cdef uint8_t none = 0xC0
    if value is None and member.null:
        out.put(&none, 1)
    elif member.many:
        if type(value) is not list:
            raise Unfit
        size = len(<list> value)
        _pack_head(out, size, 16, 0x90, 0, 0xDC)
        for item in <list> value:
            _pack_one(member, item, out, left)
            size -= 1
        if size:
            raise Unfit  # it grew or shrank meanwhile
    else:
        _pack_one(member, value, out, left)
    return 0


cdef int _pack_one(_Member member, object value, _Buffer out, int left) except -1:
    cdef double number
    cdef uint64_t bits
    cdef uint8_t packed[9]
    if member.kind == _STRING:
        _pack_text(value, out)
    elif member.kind == _INT64:
        _pack_integer(_integer_of(value), out)
    elif member.kind == _DOUBLE:
        number = _double_of(value)
        memcpy(&bits, &number, 8)
        packed[0] = 0xCB
        _big_endian(packed + 1, bits, 8)
        out.put(packed, 9)
    elif member.kind == _BOOL:
        packed[0] = 0xC3 if _truth_of(value) else 0xC2
        out.put(packed, 1)
    else:
        _pack(member.within, value, out, left - 1)
    return 0


# ---------------------------------------------------------------------- MessagePack, unpacking

cdef uint64_t _whole(const uint8_t** at, const uint8_t* end, int width) except? 0xFFFFFFFFFFFFFFFF:
    cdef uint64_t number = 0
    cdef int place
    if end - at[0] < width:
        raise Unfit
    for place in range(width):
        number = number << 8 | at[0][place]
    at[0] += width
    return number


cdef Py_ssize_t _head(
    const uint8_t** at, const uint8_t* end, int small, int fix, int one, int two
) except -1:
    """The size of a text, list or map, as :func:`_pack_head` says it. What it has takes at least
    as many bytes, all of which are there."""
    cdef uint64_t size
    if at[0] >= end:
        raise Unfit
    cdef uint8_t first = at[0][0]
    at[0] += 1
    if (first & ~(small - 1)) == fix:
        size = first & (small - 1)
    elif one and first == one:
        size = _whole(at, end, 1)
    elif first == two:
        size = _whole(at, end, 2)
    elif first == two + 1:
        size = _whole(at, end, 4)
    else:
        raise Unfit
    if size > <uint64_t> (end - at[0]):
        raise Unfit
    return <Py_ssize_t> size


cdef object _integer(const uint8_t** at, const uint8_t* end):
    if at[0] >= end:
        raise Unfit
    cdef uint8_t first = at[0][0]
    cdef uint64_t number
    at[0] += 1
    if first < 0x80 or first >= 0xE0:
        return <int> <int8_t> first
    if 0xCC <= first <= 0xCF:
        number = _whole(at, end, 1 << (first - 0xCC))
        if number >> 63:
            raise Unfit
        return number
    if first == 0xD0:
        return <int> <int8_t> _whole(at, end, 1)
    if first == 0xD1:
        return <int> <int16_t> _whole(at, end, 2)
    if first == 0xD2:
        return <int32_t> _whole(at, end, 4)
    if first == 0xD3:
        return <int64_t> _whole(at, end, 8)
    raise Unfit


cdef object _unpack_one(_Member member, const uint8_t** at, const uint8_t* end, int left):
    cdef Py_ssize_t size
    cdef uint64_t bits
    cdef double number
    cdef const char* text
    if member.kind == _STRING:
        size = _head(at, end, 32, 0xA0, 0xD9, 0xDA)
        text = <const char*> at[0]
        at[0] += size
        return PyUnicode_DecodeUTF8(text, size, NULL)
    if member.kind == _INT64:
        return _integer(at, end)
    if member.kind == _MESSAGE:
        return _unpack(member.within, at, end, left)
    if at[0] >= end:
        raise Unfit
    cdef uint8_t first = at[0][0]
    at[0] += 1
    if member.kind == _BOOL:
        if first != 0xC2 and first != 0xC3:
            raise Unfit
        return first == 0xC3
    if first != 0xCB:
        raise Unfit
    bits = _whole(at, end, 8)
    memcpy(&number, &bits, 8)
    if not isfinite(number):
        raise Unfit
    return number


cdef object _unpack_member(_Member member, const uint8_t** at, const uint8_t* end, int left):
    cdef Py_ssize_t size
    cdef list found
    if member.null and at[0] < end and at[0][0] == 0xC0:
        at[0] += 1
        return None
    if not member.many:
        return _unpack_one(member, at, end, left)
    if left < 1:
        raise Unfit
    found = []
    size = _head(at, end, 16, 0x90, 0, 0xDC)
    while size > 0:
        found.append(_unpack_one(member, at, end, left - 1))
        size -= 1
    return found


cdef object _unpack(Message plan, const uint8_t** at, const uint8_t* end, int left):
    """``left`` is how many levels there may be, this one among them."""
    cdef list values
    cdef _Member member
    cdef Py_ssize_t size, place
    if plan.form == 2:
        return _unpack_member(<_Member> plan.members[0], at, end, left)
    if left < 1:
        raise Unfit
    values = plan.blank[:]
    size = _head(at, end, 16, 0x80, 0, 0xDE)
    place = 0  # members mostly come in their order
    while size > 0:
        member = _named(plan, place, at, end)
        if values[member.place] is not _ABSENT:
            raise Unfit
        values[member.place] = _unpack_member(member, at, end, left - 1)
        place = member.place + 1
        size -= 1
    if plan.form == _ARGUMENTS:
        return _given(plan, values)
    cdef object made = object.__new__(plan.made_of)
    for member in plan.members:
        value = values[member.place]
        if value is _ABSENT:
            if member.required:
                raise Unfit
            value = member.default()
        PyObject_GenericSetAttr(made, member.name, value)
    return made


cdef dict _given(Message plan, list values):
    cdef _Member member
    cdef dict made = {}
    for member in plan.members:
        value = values[member.place]
        if value is not _ABSENT:
            made[member.name] = value
        elif member.required:
            raise Unfit
    return made


cdef _Member _named(Message plan, Py_ssize_t place, const uint8_t** at, const uint8_t* end):
    """The member whose name comes next; it is looked for at ``place`` first."""
    cdef _Member member
    cdef Py_ssize_t size, number = len(plan.members)
    cdef const char* key
    if place < number:
        member = <_Member> plan.members[place]
        size = len(member.key)
        if end - at[0] >= size and memcmp(at[0], <const char*> member.key, size) == 0:
            at[0] += size
            return member
    size = _head(at, end, 32, 0xA0, 0xD9, 0xDA)
    for member in plan.members:
        if len(member.key) - member.head == size:
            key = <const char*> member.key + member.head
            if memcmp(at[0], key, size) == 0:
                at[0] += size
                return member
    raise Unfit
