"""What a program that is not ours does with the file of a MappedArray: it maps it.

usage: mapped_array.py read PATH FORMAT                  prints all elements
       mapped_array.py write PATH FORMAT INDEX VALUE     sets one
       mapped_array.py double PATH FORMAT                doubles each
       mapped_array.py create PATH FORMAT VALUE...       makes a file
FORMAT is a letter of the struct module. One run does several of these, with the word "then" between them.
"""

import array
import mmap
import struct
import sys


def number(text):
    return float(text) if "." in text else int(text)


def do(verb, path, form, *rest):
    size = struct.calcsize("<" + form)
    if verb == "create":
        elements = array.array(form, [number(text) for text in rest])
        if sys.byteorder == "big":
            elements.byteswap()
        with open(path, "wb") as file:
            elements.tofile(file)
        return
    writes = verb != "read"
    with open(path, "r+b" if writes else "rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if writes else mmap.ACCESS_READ)
    count = len(memory) // size
    if verb == "read":
        print(*struct.unpack("<%d%s" % (count, form), memory))
    elif verb == "write":
        struct.pack_into("<" + form, memory, int(rest[0]) * size, number(rest[1]))
    else:
        for i in range(count):
            value = struct.unpack_from("<" + form, memory, i * size)[0]
            struct.pack_into("<" + form, memory, i * size, 2 * value)


command = []
for word in sys.argv[1:] + ["then"]:
    if word == "then":
        do(*command)
        command = []
    else:
        command.append(word)
