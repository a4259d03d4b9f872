"""The second verifier accepts what the prover makes, and nothing else.

    second_verifier_test.py WRITE_PROOFS PROTOCOL_MD
"""

import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from blake3 import blake3
from document import Document
from verifier import Rejected, Verifier

WRITE_PROOFS, PROTOCOL = sys.argv[1:3]
PRESETS = ("fast100", "std100")
EXIT_CODE = 3  # of the guest that WRITE_PROOFS runs (tests/e2e/programs.cc)


class SecondVerifierTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = Document(pathlib.Path(PROTOCOL).read_text(encoding="utf-8"))
        cls.files = {}
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([WRITE_PROOFS, directory], check=True)
            for preset in PRESETS:
                path = pathlib.Path(directory, preset)
                cls.files[preset] = [
                    path.with_suffix(suffix).read_bytes() for suffix in (".key", ".proof")]

    def verify(self, key, proof):
        return Verifier(self.document).verify(key, proof)

    def test_blake3(self):
        self.assertEqual(blake3(b"").hex()[:16], "af1349b9f5f9a1a6")

    def test_every_table_is_used(self):
        _, proof = self.files["fast100"]
        journal = 4 * int.from_bytes(proof[44:48], "little")
        heights = proof[48 + journal :][: len(self.document.tables)]
        used = {t.name for t, log_n in zip(self.document.tables, heights) if log_n != 0}
        self.assertEqual(used, {t.name for t in self.document.tables})

    def test_proofs_are_accepted(self):
        for preset in PRESETS:
            with self.subTest(preset):
                _, exit_code, journal = self.verify(*self.files[preset])
                self.assertEqual(exit_code, EXIT_CODE)
                self.assertGreater(len(journal), 0)

    def test_another_key(self):
        key, proof = self.files["std100"]
        with self.assertRaises(Rejected):
            self.verify(self.files["fast100"][0], proof)
        changed = bytearray(key)
        changed[78] ^= 1  # the entry
        with self.assertRaises(Rejected):
            self.verify(bytes(changed), proof)

    def test_changed_bits(self):
        key, proof = self.files["std100"]
        random.seed(1)
        positions = [random.randrange(len(proof)) for _ in range(2)]
        positions += [random.randrange(48, 20000) for _ in range(3)]
        for position in [40, 48, *positions, len(proof) - 1]:
            with self.subTest(position):
                changed = bytearray(proof)
                changed[position] ^= 1 << random.randrange(8)
                with self.assertRaises(Rejected):
                    self.verify(key, bytes(changed))

    def test_lengths(self):
        key, proof = self.files["std100"]
        for changed in (proof[:-1], proof + b"\0", proof[:60]):
            with self.assertRaises(Rejected):
                self.verify(key, changed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
