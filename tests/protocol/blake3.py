"""BLAKE3 as docs/protocol.md, section 1, uses it: plain and keyed, with extendable output."""

import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS_AND_DIAGONALS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED = 1, 2, 4, 8, 16
MASK = 0xFFFFFFFF

SCHEDULE = [tuple(range(16))]
for _ in range(6):
    SCHEDULE.append(tuple(SCHEDULE[-1][i] for i in PERMUTATION))


def compress(chaining_value, block, counter, size, flags):
    """The sixteen output words of one compression."""
    v = [*chaining_value, *IV[:4], counter & MASK, counter >> 32, size, flags]
    for order in SCHEDULE:
        k = 0
        for a, b, c, d in COLUMNS_AND_DIAGONALS:
            va, vb, vc, vd = v[a], v[b], v[c], v[d]
            for m, right, left in ((block[order[k]], 16, 12), (block[order[k + 1]], 8, 7)):
                va = (va + vb + m) & MASK
                x = vd ^ va
                vd = (x >> right | x << (32 - right)) & MASK
                vc = (vc + vd) & MASK
                x = vb ^ vc
                vb = (x >> left | x << (32 - left)) & MASK
            v[a], v[b], v[c], v[d] = va, vb, vc, vd
            k += 2
    return [v[i] ^ v[i + 8] for i in range(8)] + [v[i + 8] ^ chaining_value[i] for i in range(8)]


def _words(block):
    return struct.unpack("<16I", block.ljust(64, b"\0"))


def _chunk(data, key, index, flags):
    """The last, not yet compressed, block of a chunk."""
    value = key
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
    for i, block in enumerate(blocks[:-1]):
        start = CHUNK_START if i == 0 else 0
        value = compress(value, _words(block), index, 64, flags | start)[:8]
    start = CHUNK_START if len(blocks) == 1 else 0
    return value, _words(blocks[-1]), index, len(blocks[-1]), flags | start | CHUNK_END


def _root(data, key, flags):
    chunks = [data[i : i + 1024] for i in range(0, len(data), 1024)] or [b""]

    def subtree(begin, end):
        if end - begin == 1:
            return _chunk(chunks[begin], key, begin, flags)
        left_size = 1 << ((end - begin - 1).bit_length() - 1)
        children = (subtree(begin, begin + left_size), subtree(begin + left_size, end))
        block = [word for child in children for word in compress(*child)[:8]]
        return key, block, 0, 64, flags | PARENT

    return subtree(0, len(chunks))


def _output_words(root):
    value, block, _, size, flags = root
    counter = 0
    while True:
        yield from compress(value, block, counter, size, flags | ROOT)
        counter += 1


def _digest(root):
    stream = _output_words(root)
    return struct.pack("<8I", *(next(stream) for _ in range(8)))


def blake3(data):
    return _digest(_root(data, IV, 0))


KEYS = {
    domain: struct.unpack("<8I", blake3(b"zkvm-1/" + domain.encode()))
    for domain in ("leaf", "node", "inject", "absorb", "squeeze", "pow", "id")
}


def keyed_hash(domain, data):
    """H_D(data)."""
    return _digest(_root(data, KEYS[domain], KEYED))


def keyed_stream(domain, data):
    """The words of the extendable output of H_D(data)."""
    return _output_words(_root(data, KEYS[domain], KEYED))
