"""Reads a segment with what docs/layout.md says, and nothing else.

usage: read_segment.py LAYOUT SEGMENT OBJECT     prints what is in the object, a line each
       read_segment.py LAYOUT SEGMENT            prints the objects
"""

import mmap
import re
import struct
import sys


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

    # maps and sets

    def table(self, reference, is_map):
        at = self.at
        root = aligned(self.payload(reference))
        for index in range(at.MapLayout_SHARD_COUNT):
            shard = root + at.MapLayout_SHARDS + index * at.MapLayout_SHARD_BYTES
            while True:
                version = self.word(shard + at.MapLayout_VERSION)
                entries = list(self.shard(shard, is_map)) if version % 2 == 0 else None
                if entries is not None and self.word(shard + at.MapLayout_VERSION) == version:
                    break
            yield from entries

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
        size = self.word(root + at.FrozenLayout_SIZE)
        entry_bytes = at.MapLayout_MAP_ENTRY_BYTES if is_map else at.MapLayout_SET_ENTRY_BYTES
        data = entries + size * entry_bytes
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
        content = self.bytes[start:start + length]
        if tag == 1:
            return content.decode("utf-8")
        if tag == 3:
            return struct.unpack("<q", content)[0]
        if tag == 4:
            return struct.unpack("<i", content)[0]
        if tag == 8:
            return content[0] == 1
        if tag == 10:
            return struct.unpack("<d", content)[0]
        return content.hex()

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
        while True:
            version = self.word(root + at.VectorLayout_VERSION)
            block, size = self.word(root + at.VectorLayout_REFERENCE), self.word(root + at.VectorLayout_SIZE)
            found = self.elements(aligned(self.payload(block)), self.u32(root + at.VectorLayout_TYPE), size) if block else []
            if version % 2 == 0 and self.word(root + at.VectorLayout_VERSION) == version:
                return found


def aligned(offset):
    return (offset + 63) // 64 * 64


def main():
    segment = Segment(Layout(sys.argv[1]), sys.argv[2])
    for name, kind, reference, type_name in segment.objects():
        if len(sys.argv) == 3:
            print(name, type_name, sep=": ")
        elif name == sys.argv[3]:
            if kind in (5, 6):
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


main()
