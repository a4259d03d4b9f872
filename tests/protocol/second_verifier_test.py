"""The second verifier accepts what the prover makes, and nothing else.

    second_verifier_test.py WRITE_PROOFS PROTOCOL_MD
"""

import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

from blake3 import blake3
from document import Document
from verifier import Rejected, Verifier

WRITE_PROOFS, PROTOCOL = sys.argv[1:3]
# What WRITE_PROOFS writes, and the exit codes.
GUESTS = {"instructions-fast100": 3, "instructions-std100": 3, "hashes-std100": 0,
          "network-std100": 0}
# Its rows take a model of millions of weights.
UNUSED = {"weight256"}


class SecondVerifierTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = Document(pathlib.Path(PROTOCOL).read_text(encoding="utf-8"))
        cls.files = {}
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([WRITE_PROOFS, directory], check=True)
            for guest in GUESTS:
                path = pathlib.Path(directory, guest)
                cls.files[guest] = [
                    path.with_suffix(suffix).read_bytes()
                    for suffix in (".key", ".proof", ".journal")]

    def check_refused(self, key, proof):
        verifier = Verifier(self.document)
        with self.assertRaises(Rejected):
            verifier.verify(bytes(key), bytes(proof))
        return verifier

    def test_blake3(self):
        self.assertEqual(blake3(b"").hex()[:16], "af1349b9f5f9a1a6")

    def test_every_table_is_used(self):
        used = set()
        for _, proof, journal in self.files.values():
            heights = proof[48 + len(journal) :][: len(self.document.tables)]
            used |= {t.name for t, log_n in zip(self.document.tables, heights) if log_n != 0}
        self.assertEqual(used, {t.name for t in self.document.tables} - UNUSED)

    def test_proofs_are_accepted(self):
        for guest, expected_code in GUESTS.items():
            with self.subTest(guest):
                key, proof, journal = self.files[guest]
                _, exit_code, words = Verifier(self.document).verify(key, proof)
                self.assertEqual(exit_code, expected_code)
                self.assertEqual(struct.pack(f"<{len(words)}I", *words), journal)
                self.assertGreater(len(words), 0)

    def test_another_key(self):
        for guest, other in (("instructions-std100", "instructions-fast100"),
                             ("hashes-std100", "instructions-std100"),
                             ("network-std100", "hashes-std100")):
            with self.subTest(guest):
                self.check_refused(self.files[other][0], self.files[guest][1])

    def test_changed_keys(self):
        """Root, height, entry; root and height of the model; also where the proof names the key."""
        places = {"instructions-std100": (40, 72, 78), "network-std100": (40, 72, 78, 89, 122)}
        for guest, positions in places.items():
            for position in positions:
                with self.subTest(guest=guest, position=position):
                    key, proof, _ = self.files[guest]
                    changed = bytearray(key)
                    changed[position] ^= 1
                    vk_id = self.check_refused(changed, proof).vk_id
                    self.check_refused(changed, proof[:8] + vk_id + proof[40:])

    def test_changed_bits(self):
        random.seed(1)
        for guest in ("instructions-std100", "hashes-std100", "network-std100"):
            key, proof, _ = self.files[guest]
            positions = [random.randrange(len(proof)) for _ in range(2)]
            positions += [random.randrange(48, 30000) for _ in range(4)]
            for position in [40, 48, *positions, len(proof) - 1]:
                with self.subTest(guest=guest, position=position):
                    changed = bytearray(proof)
                    changed[position] ^= 1 << random.randrange(8)
                    self.check_refused(key, changed)

    def test_lengths(self):
        key, proof, _ = self.files["instructions-std100"]
        for changed in (proof[:-1], proof + b"\0", proof[:60]):
            self.check_refused(key, changed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
