"""The Merkle tree over the log's lines (RFC 6962, section 2.1), grown line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(slots=True)
class Tree:
    """Only the roots of the complete subtrees are kept, largest first: 20 hashes for a million lines."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, line: bytes) -> None:
        """Add one leaf: the line without its newline."""
        node = sha256(b"\x00" + line).digest()
        size = self.size
        while size & 1:  # two subtrees of equal size become one
            node = sha256(b"\x01" + self.peaks.pop() + node).digest()
            size >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> str:
        """The tree head in hex; of no lines, the hash of nothing."""
        if not self.peaks:
            return sha256(b"").hexdigest()
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = sha256(b"\x01" + peak + node).digest()
        return node.hex()
