"""F_p and F = F_p[x] / (x^5 - 2) (docs/protocol.md, section 1). Elements of F_p are integers."""

import struct

P = 15 * 2**27 + 1
S = 31
_W27 = pow(S, 15, P)


def root_of_unity(log_order):
    return pow(_W27, 1 << (27 - log_order), P)


def inverse(x):
    return pow(x, P - 2, P)


_FROM_WIRE = inverse(2**32)


def from_wire(word):
    if word >= P:
        raise ValueError("a word is not below p")
    return word * _FROM_WIRE % P


def to_wire(value):
    return struct.pack("<I", value * 2**32 % P)


class F:
    """An element of F; integers convert."""

    __slots__ = ("c",)

    def __init__(self, c):
        self.c = c if isinstance(c, tuple) else (c % P, 0, 0, 0, 0)

    @staticmethod
    def of(x):
        return x if isinstance(x, F) else F(x)

    def __eq__(self, other):
        return self.c == F.of(other).c

    def __add__(self, other):
        return F(tuple((x + y) % P for x, y in zip(self.c, F.of(other).c)))

    def __neg__(self):
        return F(tuple(-x % P for x in self.c))

    def __sub__(self, other):
        return F(tuple((x - y) % P for x, y in zip(self.c, F.of(other).c)))

    def __rsub__(self, other):
        return F.of(other) - self

    def __mul__(self, other):
        if not isinstance(other, F):
            return F(tuple(x * other % P for x in self.c))
        a0, a1, a2, a3, a4 = self.c
        b0, b1, b2, b3, b4 = other.c
        return F((
            (a0 * b0 + 2 * (a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1)) % P,
            (a0 * b1 + a1 * b0 + 2 * (a2 * b4 + a3 * b3 + a4 * b2)) % P,
            (a0 * b2 + a1 * b1 + a2 * b0 + 2 * (a3 * b4 + a4 * b3)) % P,
            (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + 2 * a4 * b4) % P,
            (a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0) % P))

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, exponent):
        result, square = F(1), self
        while exponent:
            if exponent & 1:
                result = result * square
            square = square * square
            exponent >>= 1
        return result

    def _frobenius(self, k):
        z = pow(2, (P - 1) // 5 * k, P)
        return F(tuple(x * pow(z, i, P) % P for i, x in enumerate(self.c)))

    def inverse(self):
        conjugates = self._frobenius(1) * self._frobenius(2) * self._frobenius(3) * self._frobenius(4)
        norm = (conjugates * self).c[0]
        if norm == 0:
            raise ZeroDivisionError
        return conjugates * inverse(norm)

    def is_base(self):
        return not any(self.c[1:])

    def wire(self):
        return b"".join(map(to_wire, self.c))
