"""Reads a segment with what docs/layout.md says, and nothing else.

usage: read_segment.py LAYOUT SEGMENT OBJECT         prints what is in the object, a line each
       read_segment.py LAYOUT SEGMENT OBJECT COUNT   does so again and again
       read_segment.py LAYOUT SEGMENT                prints the objects
"""

import datetime
import decimal as decimal_module
import mmap
import re
import struct
import sys
import uuid


class Layout:
    """The numbers in the tables of the page, by their names."""

    def __init__(self, page):
        row = re.compile(r"^\| `(\w+)\.(\w+)` \| (0x[0-9A-Fa-f]+|\d+) \|", re.M)
        with open(page, encoding="utf-8") as file:
            for owner, name, number in row.findall(file.read()):
                setattr(self, owner + "_" + name, int(number, 0))


class Segment:
    def __init__(self, layout, path):
        self.at = layout
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self.word(layout.SegmentLayout_MAGIC) != layout.SegmentLayout_MAGIC_VALUE:
            raise SystemExit("no segment")
        if self.u32(layout.SegmentLayout_LAYOUT_MAJOR) != layout.SegmentLayout_MAJOR:
            raise SystemExit("another layout")
        if self.word(layout.SegmentLayout_SEGMENT_BYTES) != len(self.bytes):
            raise SystemExit("another size")

    def word(self, offset):
        return struct.unpack_from("<Q", self.bytes, offset)[0]

    def signed(self, offset):
        return struct.unpack_from("<q", self.bytes, offset)[0]

    def u32(self, offset):
        return struct.unpack_from("<I", self.bytes, offset)[0]

    def text(self, offset, length):
        return self.bytes[offset:offset + length].decode("utf-8")

    def payload(self, reference):
        return (reference & (1 << 36) - 1) * 16 + self.at.BlockLayout_HEADER_BYTES

    def objects(self):
        at = self.at
        slots = self.u32(at.SegmentLayout_SLOT_COUNT)
        entry_bytes = aligned(at.DirectoryLayout_OPENERS + (slots + 63) // 64 * 8)
        for index in range(self.u32(at.SegmentLayout_OBJECT_CAPACITY)):
            entry = self.word(at.SegmentLayout_DIRECTORY) + index * entry_bytes
            while True:
                word = self.word(entry + at.DirectoryLayout_WORD)
                found = (
                    self.text(entry + at.DirectoryLayout_NAME, self.u32(entry + at.DirectoryLayout_NAME_LENGTH)),
                    self.u32(entry + at.DirectoryLayout_KIND),
                    self.word(entry + at.DirectoryLayout_REFERENCE),
                    self.text(entry + at.DirectoryLayout_TYPE, self.u32(entry + at.DirectoryLayout_TYPE_LENGTH)),
                ) if word & 0xFF == at.DirectoryLayout_READY else None
                if self.word(entry + at.DirectoryLayout_WORD) == word:
                    break
            if word & 0xFF == at.DirectoryLayout_EMPTY:
                return
            if found:
                yield found

    def block(self, reference):
        start = self.payload(reference)
        length = self.u32(start - self.at.BlockLayout_HEADER_BYTES + self.at.BlockLayout_LENGTH)
        return self.bytes[start:start + length]

    def settled(self, version, read):
        """What is read while the version, which is not None, stays the same. Before that it may be anything."""
        while True:
            before = version()
            if before is None:
                continue
            try:
                found, error = read(), None
            except Exception as e:
                # Whatever comes of bytes that mean something else by now.
                found, error = None, e
            if version() == before:
                if error:
                    raise error
                return found

    def even(self, place):
        version = self.word(place)
        return version if version % 2 == 0 else None

    # single values

    def value(self, reference, kind):
        form = {1: "q", 2: "i", 3: "i", 11: "d"}[kind]
        number = struct.unpack_from("<" + form, self.bytes, self.payload(reference))[0]
        return number == 1 if kind == 3 else number

    def sequence(self, reference):
        place = self.payload(reference) + self.at.BytesLayout_REFERENCE
        while True:
            reference = self.word(place)
            found = self.block(reference) if reference else None
            if self.word(place) == reference:
                return found

    # maps and sets

    def table(self, reference, is_map):
        at = self.at
        root = aligned(self.payload(reference))
        for index in range(at.MapLayout_SHARD_COUNT):
            shard = root + at.MapLayout_SHARDS + index * at.MapLayout_SHARD_BYTES
            yield from self.settled(
                lambda: self.even(shard + at.MapLayout_VERSION), lambda: list(self.shard(shard, is_map)))

    def shard(self, shard, is_map):
        at = self.at
        reference = self.word(shard + at.MapLayout_TABLE)
        if reference == 0:
            return
        groups = 1 << self.word(shard + at.MapLayout_SHIFT)
        table = self.payload(reference)
        entry_bytes = at.MapLayout_MAP_ENTRY_BYTES if is_map else at.MapLayout_SET_ENTRY_BYTES
        for place in range(groups * at.MapLayout_GROUP):
            if self.bytes[table + place] & 0x80:
                entry = table + 8 * groups + place * entry_bytes
                meta = self.word(entry + at.MapLayout_META)
                key = self.element(meta, entry + at.MapLayout_KEY)
                yield (key, self.element(meta >> 16, entry + at.MapLayout_VALUE)) if is_map else (key,)

    def frozen(self, reference, is_map):
        at = self.at
        root = aligned(self.payload(reference))
        entries = root + at.FrozenLayout_INDEX + (8 << self.u32(root + at.FrozenLayout_SHIFT))
        entry_bytes = at.MapLayout_MAP_ENTRY_BYTES if is_map else at.MapLayout_SET_ENTRY_BYTES
        data = entries + self.word(root + at.FrozenLayout_SIZE) * entry_bytes
        for entry in range(entries, data, entry_bytes):
            meta = self.word(entry + at.MapLayout_META)
            key = self.element(meta, entry + at.MapLayout_KEY, data)
            yield (key, self.element(meta >> 16, entry + at.MapLayout_VALUE, data)) if is_map else (key,)

    def element(self, meta, words, data=None):
        tag, length = meta & 0xFF, meta >> 8 & 0xFF
        start = words
        if length == self.at.MapLayout_BLOCK:
            start, length = self.word(words), self.u32(words + 8)
            start = self.payload(start) if data is None else data + start
        return self.decoded(tag, self.bytes[start:start + length])

    def decoded(self, tag, data):
        if tag != 31:
            return decoded(tag, data)
        number, = struct.unpack_from("<I", data, self.at.GraphLayout_STUB_PART)
        graph, = struct.unpack_from("<q", data, self.at.GraphLayout_STUB_GRAPH)
        return self.part(graph, number)

    # lists and deques

    def list(self, reference):
        at = self.at
        root = aligned(self.payload(reference))
        return self.settled(lambda: self.even(root + at.ListLayout_VERSION), lambda: list(self.cells(root)))

    def cells(self, root):
        at = self.at
        spine = self.word(root + at.ListLayout_SPINE)
        for index in range(self.word(root + at.ListLayout_SIZE)):
            chunk, place = divmod(index, at.ListLayout_CHUNK_CELLS)
            cells = self.payload(self.word(self.payload(spine) + 8 * chunk))
            yield self.cell(cells + place * at.CellLayout_BYTES)

    def cell(self, cell):
        at = self.at
        control, word = self.word(cell + at.CellLayout_CONTROL), cell + at.CellLayout_WORD
        tag, length, rest = control & 0xFF, control >> 8 & 0xFF, control >> 16
        if length == at.CellLayout_BLOCK:
            start = self.payload(self.word(word))
            data = self.bytes[start:start + rest]
        elif length == at.CellLayout_IN_SLOT:
            data = self.bytes[word:word + rest]
        else:
            data = (self.bytes[word:word + 8] + struct.pack("<Q", rest)[:6])[:length]
        return self.decoded(tag, data)

    def deque(self, reference):
        at = self.at
        root = aligned(self.payload(reference))
        return self.settled(lambda: self.even(root + at.DequeLayout_VERSION), lambda: list(self.slotted(root)))

    def slotted(self, root):
        at = self.at
        ring, slot_bytes = self.word(root + at.DequeLayout_RING), self.word(root + at.DequeLayout_SLOT_BYTES)
        if ring:
            slots = self.payload(ring)
            count = self.u32(slots - at.BlockLayout_HEADER_BYTES + at.BlockLayout_LENGTH) // slot_bytes
            for position in range(self.signed(root + at.DequeLayout_HEAD), self.signed(root + at.DequeLayout_TAIL)):
                yield self.cell(slots + position % count * slot_bytes)

    # beans and records

    def bean(self, reference):
        at = self.at
        root = self.payload(reference)
        count = self.u32(root + at.BeanLayout_WORDS)
        schema = root + at.BeanLayout_FIELDS + count * (8 + at.BeanLayout_ENTRY_BYTES)
        lines = self.text(schema, self.u32(root + at.BeanLayout_SCHEMA_BYTES)).splitlines()

        def version():
            state = self.word(root + at.BeanLayout_STATE)
            return None if state & at.BeanLayout_APPLYING else state >> at.BeanLayout_VERSION_SHIFT

        return self.settled(version, lambda: list(self.fields(root + at.BeanLayout_FIELDS, lines)))

    def fields(self, word, lines):
        for line in lines:
            name, storage, type_name = line.split(" ", 2)
            storage = storage.rstrip("a")
            words = 1 if storage == "b" else int(storage)
            data = self.bytes[word:word + 8 * words]
            if storage == "b":
                block = self.word(word)
                yield name, of_block(type_name, self.block(block)) if block else None
            else:
                yield name, of_words(type_name, data, struct.unpack("<%dq" % words, data))
            word += 8 * words

    # queues

    def messages(self, reference):
        at = self.at
        root = aligned(self.payload(reference))
        dense = self.u32(root + at.QueueLayout_FLAGS) & at.QueueLayout_DENSE != 0
        data_bytes = self.word(root + at.QueueLayout_RING_BYTES)
        leases = self.word(root + at.QueueLayout_VISIBILITY_NANOS) != 0
        counters = at.QueueLayout_COUNTER_BYTES * (2 if self.word(root + at.QueueLayout_DEAD_BYTES) else 1)
        ring = (root + at.QueueLayout_FIRST_CURSOR
                + self.u32(root + at.QueueLayout_CURSORS) * at.QueueLayout_CURSOR_BYTES
                + self.u32(root + at.QueueLayout_PROCESSES) * counters)
        for _ in range(self.u32(root + at.QueueLayout_RINGS)):
            control = ring + at.QueueLayout_RING_HEADER_BYTES
            control_bytes = 0 if dense else data_bytes // 64 * 8
            data = ring + aligned(at.QueueLayout_RING_HEADER_BYTES + control_bytes * (2 if leases else 1))
            head = self.word(ring + at.QueueLayout_HEAD) >> 8
            if dense:
                yield from self.dense(data, data_bytes // 8, head, self.word(ring + at.QueueLayout_TAIL))
            else:
                yield from self.slots(control, data, data_bytes // 64, head)
            ring = data + data_bytes

    def dense(self, data, units, position, tail):
        at = self.at
        while position < tail:
            record = data + position % units * 8
            word = self.word(record)
            if word >> 40 & at.RecordLayout_PADDING:
                position += (word & 0xFFFFFFFF) // 8
                continue
            message, length = self.record(record)
            position += length // 8
            yield message

    def slots(self, control, data, units, position):
        at = self.at
        while True:
            word = self.word(control + position % units * 8)
            if word >> 36 != position // units & (1 << 28) - 1:
                return
            if word & 7 == at.ControlWord_COMMITTED:
                yield self.record(data + position % units * 64)[0]
            position += word >> 20 & 0xFFFF

    def record(self, record):
        at = self.at
        word = self.word(record)
        length, header_length, flags = word & 0xFFFFFFFF, word >> 32 & 0xFF, word >> 40 & 0xFF
        header = record + at.RecordLayout_WORD_BYTES + (8 if flags & at.RecordLayout_STAMPED else 0)
        body = header + (header_length + 7) // 8 * 8
        if flags & at.RecordLayout_BY_REFERENCE:
            end = body + 8
            body = self.payload(self.word(body))
        else:
            end = body + (length + 7) // 8 * 8
        return self.bytes[body:body + length], end - record

    # arrays

    def elements(self, start, code, count):
        if code == 13:
            return list(self.bytes[start:start + 2 * count].decode("utf-16-le"))
        form = {1: "b", 2: "B", 3: "h", 4: "H", 5: "i", 6: "I", 7: "q", 8: "Q", 9: "e", 10: "f", 11: "d", 12: "?"}[code]
        return list(struct.unpack_from("<%d%s" % (count, form), self.bytes, start))

    def array(self, reference):
        at = self.at
        root = self.payload(reference)
        code, rank = self.u32(root + at.ArrayLayout_TYPE), self.u32(root + at.ArrayLayout_RANK)
        shape = [self.word(root + at.ArrayLayout_SHAPE + 8 * i) for i in range(rank)]
        count = 1
        for dimension in shape:
            count *= dimension
        parts, per_part = self.u32(root + at.ArrayLayout_PARTS), self.word(root + at.ArrayLayout_PART_ELEMENTS)
        if parts == 0:
            return shape, self.elements(aligned(root + at.ArrayLayout_REFERENCES), code, count)
        elements = []
        for i in range(parts):
            start = aligned(self.payload(self.word(root + at.ArrayLayout_REFERENCES + 8 * i)))
            elements += self.elements(start, code, min(per_part, count - i * per_part))
        return shape, elements

    def vector(self, reference):
        at = self.at
        root = self.payload(reference)

        def elements():
            block, size = self.word(root + at.VectorLayout_REFERENCE), self.word(root + at.VectorLayout_SIZE)
            code = self.u32(root + at.VectorLayout_TYPE)
            return self.elements(aligned(self.payload(block)), code, size) if block else []

        return self.settled(lambda: self.even(root + at.VectorLayout_VERSION), elements)

    # graphs

    def part(self, graph, number):
        at = self.at
        chunk = (number // 32 + 1).bit_length() - 1
        entries = self.payload(self.word(graph + at.GraphLayout_FIRST_CHUNK + 8 * chunk))
        entry = entries + (number - 32 * ((1 << chunk) - 1)) * at.GraphLayout_ENTRY_BYTES
        kind, root = self.u32(entry + at.GraphLayout_STATE), self.word(entry + at.GraphLayout_ROOT)
        if kind == 7:
            return dict(sorted(self.table(root, True)))
        if kind == 8:
            return sorted(key for key, in self.table(root, False))
        if kind in (22, 23):
            return dict(self.bean(root))
        if kind in (4, 13, 14):
            found = self.sequence(root)
            return found.decode("utf-8") if found and kind == 13 else found and found.hex()
        return {9: self.list, 10: self.deque, 20: self.array, 21: self.vector}.get(
            kind, lambda single: self.value(single, kind))(root)


def big(data):
    return int.from_bytes(data, "big", signed=True)


def decimal(data):
    return decimal_module.Decimal(big(data[4:])).scaleb(-struct.unpack("<i", data[:4])[0])


def identifier(upper, lower):
    return uuid.UUID(bytes=struct.pack(">QQ", upper & (1 << 64) - 1, lower & (1 << 64) - 1))


def day(days):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days)).isoformat()


def clock(nanos):
    seconds, rest = divmod(nanos, 1_000_000_000)
    return "%02d:%02d:%02d.%09d" % (seconds // 3600, seconds // 60 % 60, seconds % 60, rest)


def decoded(tag, data):
    """An element; its bytes in hexadecimal if this script has no type for them."""
    if tag == 0:
        return None
    if tag in (1, 26, 28):
        return data.decode("utf-8")
    form = {3: "q", 4: "i", 5: "h", 6: "b", 8: "?", 9: "f", 10: "d", 23: "i", 27: "i", 29: "b", 30: "b"}.get(tag)
    if form:
        return struct.unpack("<" + form, data)[0]
    if tag == 7:
        return data.decode("utf-16-le")
    if tag == 11:
        return identifier(*struct.unpack("<qq", data))
    if tag == 12:
        return big(data)
    if tag == 13:
        return decimal(data)
    if tag in (14, 21):
        return "%d+%dns" % struct.unpack("<qi", data)
    if tag == 15:
        return day(*struct.unpack("<q", data))
    if tag == 16:
        return clock(*struct.unpack("<q", data))
    if tag in (17, 18, 20):
        text = "%sT%s" % (day(struct.unpack("<q", data[:8])[0]), clock(struct.unpack("<q", data[8:16])[0]))
        if tag == 17:
            return text
        return text + "%+ds" % struct.unpack("<i", data[16:20]) + data[20:].decode("utf-8")
    if tag == 19:
        return clock(struct.unpack("<q", data[:8])[0]) + "%+ds" % struct.unpack("<i", data[8:])
    if tag == 22:
        return "%dy%dm%dd" % struct.unpack("<iii", data)
    if tag == 24:
        return "%d-%02d" % struct.unpack("<ib", data)
    if tag == 25:
        return "--%02d-%02d" % struct.unpack("<bb", data)
    return data.hex()


def of_words(type_name, data, words):
    """The value of a field that lies in the bean."""
    plain = {
        "boolean": lambda v: v == 1,
        "char": chr,
        "float": lambda v: struct.unpack("<f", data[:4])[0],
        "double": lambda v: struct.unpack("<d", data[:8])[0],
    }
    if type_name in ("byte", "short", "int", "long"):
        return words[0]
    if type_name in plain:
        return plain[type_name](words[0])
    if words[0] == 0:
        return None
    if type_name.startswith("enum "):
        return type_name[type_name.index("(") + 1:-1].split(",")[words[0] - 1]
    if "<=" in type_name:
        value = data[8:8 + words[0] - 1]
        return value.decode("utf-8") if type_name.startswith("String") else value.hex()
    small = words[0] >> 1
    one = {
        "Boolean": lambda v: v == 1,
        "Character": chr,
        "Float": lambda v: struct.unpack("<f", struct.pack("<I", v & 0xFFFFFFFF))[0],
        "LocalDate": day,
        "LocalTime": clock,
        "YearMonth": lambda v: "%d-%02d" % (v // 12, v % 12 + 1),
        "MonthDay": lambda v: "--%02d-%02d" % (v // 32, v % 32),
    }
    more = {
        "Long": lambda: words[1],
        "Double": lambda: struct.unpack("<d", data[8:])[0],
        "Instant": lambda: "%d+%dns" % (words[1], small),
        "Duration": lambda: "%d+%dns" % (words[1], small),
        "Period": lambda: "%dy%dm%dd" % (*reversed(struct.unpack("<ii", data[8:])), small),
        "LocalDateTime": lambda: "%sT%s" % (day(words[1]), clock(small)),
        "OffsetTime": lambda: "%s%+ds" % (clock(small), words[1]),
        "OffsetDateTime": lambda: "%sT%s%+ds" % (
            day(words[1] >> 20), clock(small), (words[1] & 0xFFFFF) - 524288),
        "UUID": lambda: identifier(words[1], words[2]),
    }
    return more[type_name]() if type_name in more else one.get(type_name, lambda v: v)(small)


def of_block(type_name, data):
    tags = {"String": 1, "byte[]": 2, "BigInteger": 12, "BigDecimal": 13, "ZonedDateTime": 20, "ZoneId": 26}
    return decoded(tags[type_name], data)


def aligned(offset):
    return (offset + 63) // 64 * 64


def show(segment, kind, reference):
    if kind in (1, 2, 3, 11):
        print(segment.value(reference, kind))
    elif kind == 4:
        print((segment.sequence(reference) or b"").hex())
    elif kind == 13:
        print((segment.sequence(reference) or b"").decode("utf-8"))
    elif kind == 14:
        found = segment.sequence(reference)
        print(None if found is None else found.hex())
    elif kind == 9:
        print(*segment.list(reference), sep="\n")
    elif kind == 10:
        print(*segment.deque(reference), sep="\n")
    elif kind in (22, 23):
        for field in segment.bean(reference):
            print(*field, sep="=")
    elif kind in (5, 6):
        for message in segment.messages(reference):
            print(message.decode("utf-8"))
    elif kind in (7, 8):
        for entry in segment.table(reference, kind == 7):
            print(*entry, sep="=")
    elif kind in (15, 16):
        for entry in segment.frozen(reference, kind == 15):
            print(*entry, sep="=")
    elif kind == 20:
        print(*segment.array(reference))
    elif kind == 21:
        print(segment.vector(reference))
    elif kind == 24:
        print(segment.part(segment.payload(reference), 0))


def main():
    segment = Segment(Layout(sys.argv[1]), sys.argv[2])
    for name, kind, reference, type_name in segment.objects():
        if len(sys.argv) == 3:
            print(name, type_name, sep=": ")
        elif name == sys.argv[3]:
            for _ in range(int(sys.argv[4]) if len(sys.argv) > 4 else 1):
                show(segment, kind, reference)


main()
